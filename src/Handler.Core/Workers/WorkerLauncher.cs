using System.Reflection;
using System.Runtime.InteropServices;
using Handler.Functions;
using Handler.Platform;

namespace Handler.Workers;

/// <summary>
/// Says how a worker process is started, so that it sees exactly the assemblies that the application sees. Two ways:
/// <list type="bullet">
/// <item>The application runs on a shared runtime: the dotnet host runs Handler.Worker.dll under the application's own deps file and
/// runtime configuration.</item>
/// <item>It brings its runtime along (self-contained, single file): there is no dotnet host, so its own executable is started, and a
/// startup hook in Handler.Worker.dll takes over before the application's Main.</item>
/// </list>
/// </summary>
internal static class WorkerLauncher
{
    /// <summary>How workers are started, with what this process has at this moment: a later change of its directory, say, changes no job.</summary>
    /// <exception cref="WorkerStartException">This application is packed in a way that workers cannot be started from.</exception>
    public static WorkerCommand CommandFor(HandlerOptions options)
    {
        var worker = AssemblyFile.PathOf(typeof(Program).Assembly);
        var environment = new WorkerEnvironment(options);
        string[] variables = [.. environment.Variables];
        var hardening = options.Hardening;
        var command = worker is not null && DotnetHost() is { } host
            ? new WorkerCommand(host, HostArguments(worker), variables)
            : new WorkerCommand(OwnExecutable(), [OwnExecutable()], [.. variables, $"{StartupHook.Variable}={worker ?? typeof(Program).Assembly.GetName().Name}"]);
        return command with
        {
            Directory = CurrentDirectory(),
            TemporaryFolder = environment.TemporaryFolder,
            Reads = [command.Path, .. Assemblies()],
            Rights = new LaunchRights
            {
                Niceness = hardening.Niceness,
                UserId = hardening.UserId,
                DropCapabilities = hardening.DropCapabilities,
                NoNewPrivileges = hardening.NoNewPrivileges || hardening.DenyNetwork || hardening.DenyProcesses, // a filter of system calls needs it
            },
        };
    }

    private static string CurrentDirectory()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (IOException)
        {
            return "/"; // it was removed
        }
    }

    /// <summary>The files of the application and of the runtime; none in a single file, which is one itself.</summary>
    private static string[] Assemblies()
        => (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static List<string> HostArguments(string worker)
    {
        if (DepsFile() is not { } deps)
            throw new WorkerStartException($"This application has no deps file ({Assembly.GetEntryAssembly()?.GetName().Name}.deps.json beside it), which tells workers where its assemblies are. Do not set GenerateDependencyFile to false in its project, and deploy the file with the application.");
        var arguments = new List<string> { "dotnet", "exec", "--depsfile", deps };
        var configuration = deps[..^".deps.json".Length] + ".runtimeconfig.json";
        if (File.Exists(configuration))
            arguments.AddRange(["--runtimeconfig", configuration]);
        arguments.Add(worker);
        return arguments;
    }

    /// <summary>The deps file that this application was started with, under a test host that of the tests.</summary>
    private static string? DepsFile()
        => DepsFileAmong(AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "", RuntimeEnvironment.GetRuntimeDirectory(), File.Exists);

    /// <summary>The first deps file that is not the runtime's.</summary>
    /// <param name="list">Paths with semicolons between them; a path may have semicolons of its own.</param>
    /// <param name="runtime">The runtime's folder.</param>
    /// <param name="exists">Whether there is such a file.</param>
    internal static string? DepsFileAmong(string list, string runtime, Func<string, bool> exists)
    {
        var parts = list.Split(';');
        for (var first = 0; first < parts.Length; first++)
        {
            for (var last = first; last < parts.Length; last++)
            {
                var file = string.Join(';', parts[first..(last + 1)]);
                if (file.EndsWith(".deps.json", StringComparison.Ordinal) && Path.IsPathRooted(file) && !file.StartsWith(runtime, StringComparison.Ordinal) && exists(file))
                    return file;
            }
        }

        return null;
    }

    /// <summary>The host of the shared runtime that this process runs on; <see langword="null"/> when it has brought its own.</summary>
    private static string? DotnetHost()
    {
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/
        var framework = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent;
        if (framework is not { Name: "Microsoft.NETCore.App", Parent: { Name: "shared", Parent: { } root } })
            return null;
        var host = Path.Combine(root.FullName, "dotnet");
        return File.Exists(host) ? host : null;
    }

    private static string OwnExecutable()
    {
        // Without its hook the executable would run the application once more, which would start workers, and so on.
        if (AppContext.TryGetSwitch("System.StartupHookProvider.IsSupported", out var supported) && !supported)
            throw new WorkerStartException("There is no dotnet host to start workers with, and this application is published without startup hooks (trimmed, or ahead of time). Publish it untrimmed, or framework-dependent (--no-self-contained), or set StartupHookSupport to true in its project.");
        return Environment.ProcessPath ?? throw new WorkerStartException("The path of this application's executable is not known, so no worker can be started from it. Publish the application framework-dependent (--no-self-contained).");
    }
}
