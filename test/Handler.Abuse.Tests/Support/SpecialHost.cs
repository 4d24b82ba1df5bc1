using System.Diagnostics;
using Handler.Abuse;

namespace Handler.Tests;

/// <summary>
/// A scenario of Handler.Abuse that runs in a separate process, in special surroundings. Disposing it ends all its remaining processes.
/// </summary>
internal sealed class SpecialHost : IDisposable
{
    /// <summary>An argument that stands for the directory of the cgroup that limits the host's processes.</summary>
    public const string OwnGroup = "{group}";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private readonly ImageRoot? image;

    private SpecialHost(Process process, ProcessGroupLimit? group, ImageRoot? image)
    {
        this.image = image;
        this.process = process;
        Group = group;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its cgroup, if the number of its processes is limited.</summary>
    public ProcessGroupLimit? Group { get; }

    /// <summary>The id of the first process of its command line.</summary>
    public int Pid => process.Id;

    /// <summary>Starts a scenario.</summary>
    public static SpecialHost Start<TScenario>(Surroundings surroundings, params string[] arguments)
        where TScenario : IScenario
    {
        var group = surroundings.MaxProcesses is { } limit ? ProcessGroupLimit.Create(limit) : null;
        var image = surroundings.IsImage ? new ImageRoot() : null;
        IReadOnlyList<string> command =
        [
            Environment.ProcessPath!,
            "exec",
            surroundings.Application ?? typeof(Abuse.Program).Assembly.Location,
            typeof(TScenario).Name,
            .. arguments.Select(argument => argument == OwnGroup ? group!.Directory : argument),
        ];
        var line = surroundings.Wrap(group, image?.Wrap(command) ?? command);
        return new SpecialHost(Start(line, surroundings.Environment), group, image);
    }

    /// <summary>Runs a scenario to its end.</summary>
    /// <returns>The lines it printed.</returns>
    public static async Task<string[]> RunAsync<TScenario>(Surroundings surroundings, params string[] arguments)
        where TScenario : IScenario
    {
        using var host = Start<TScenario>(surroundings, arguments);
        var end = await host.EndAsync();
        Assert.True(end.ExitCode == 0, $"{typeof(TScenario).Name} ended with {end.ExitCode}:\n{end.Output}{end.Errors}");
        return end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The host did not end within {Patience.TotalSeconds} s. It wrote:\n{await output}{await errors}");
        }

        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Runs one of the kernel's tools.</summary>
    /// <returns>Why it failed; <see langword="null"/> if it succeeded.</returns>
    public static string? TryTool(params string[] command)
    {
        try
        {
            using var tool = Start(command, new Dictionary<string, string?>());
            var errors = tool.StandardError.ReadToEnd();
            tool.WaitForExit();
            return tool.ExitCode == 0 ? null : errors.Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The output of a tool.</summary>
    public static string OutputOf(string tool, IReadOnlyList<string> arguments)
    {
        using var running = Start([tool, .. arguments], new Dictionary<string, string?>());
        var output = running.StandardOutput.ReadToEnd();
        running.WaitForExit();
        return output;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        Group?.Dispose();
        image?.Dispose();
        process.Dispose();
    }

    private static Process Start(IReadOnlyList<string> line, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "true"; // as in images without culture data
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
