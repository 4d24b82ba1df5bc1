using System.Diagnostics;

namespace Handler.Shared;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs the program and expects exit code 0.</summary>
    /// <returns>Its output on stdout and stderr.</returns>
    public static async Task<string> RunAsync(string program, string directory, params string[] arguments)
    {
        var (code, output, errors) = await TryAsync(program, directory, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}{errors}");
        return output + errors;
    }

    /// <summary>Runs the program and accepts any exit code.</summary>
    public static async Task<(int Code, string Output, string Errors)> TryAsync(string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A consumer would not have the variables that the test run sets for itself.
        foreach (var name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                    || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase))
                .ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {Patience}.");
        }

        return (process.ExitCode, await output, await errors);
    }
}
