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
    /// <summary>Variables of this process that a worker gets too.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

    /// <summary>
    /// Runtime settings of a worker. A small gen0 and no concurrent collector keep it at 3 to 5 MB private memory at full speed;
    /// diagnostics would leave files behind for each killed worker.
    /// </summary>
    private static readonly string[] RuntimeSettings =
    [
        "DOTNET_EnableDiagnostics=0",
        "DOTNET_TieredPGO=0",
        "DOTNET_TieredCompilation=1",
        "DOTNET_gcServer=0",
        "DOTNET_gcConcurrent=0",
        "DOTNET_GCgen0size=0x400000",
        "DOTNET_DbgEnableMiniDump=0",
    ];

    /// <exception cref="WorkerStartException">This application is packed in a way that workers cannot be started from.</exception>
    public static WorkerCommand CommandFor(HandlerOptions options)
    {
        var worker = AssemblyFile.PathOf(typeof(Program).Assembly);
        return worker is not null && DotnetHost() is { } host
            ? new WorkerCommand(host, HostArguments(worker), EnvironmentFor(options))
            : new WorkerCommand(OwnExecutable(), [OwnExecutable()], [.. EnvironmentFor(options), .. HookVariables(worker)]);
    }

    private static List<string> HostArguments(string worker)
    {
        var arguments = new List<string> { "dotnet", "exec" };
        if (DepsFile() is { } deps)
        {
            arguments.AddRange(["--depsfile", deps]);
            var configuration = deps[..^".deps.json".Length] + ".runtimeconfig.json";
            if (File.Exists(configuration))
                arguments.AddRange(["--runtimeconfig", configuration]);
        }

        arguments.Add(worker);
        return arguments;
    }

    /// <summary>The deps file that this application was started with, under a test host that of the tests.</summary>
    private static string? DepsFile()
    {
        var files = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "").Split(Path.PathSeparator, ';');
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        return files.FirstOrDefault(file => file.EndsWith(".deps.json", StringComparison.Ordinal)
            && !file.StartsWith(runtime, StringComparison.Ordinal)
            && File.Exists(file));
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

    /// <param name="worker">Path of Handler.Worker.dll; <see langword="null"/> when it is inside the executable and so is found by its name.</param>
    private static List<string> HookVariables(string? worker)
    {
        var variables = new List<string> { $"{StartupHook.Variable}={worker ?? typeof(Program).Assembly.GetName().Name}" };
        foreach (var name in (string[])["DOTNET_ROOT", "DOTNET_BUNDLE_EXTRACT_BASE_DIR"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                variables.Add($"{name}={value}");
        }

        return variables;
    }

    private static List<string> EnvironmentFor(HandlerOptions options)
    {
        var variables = new List<string>(RuntimeSettings);
        foreach (var name in Inherited)
        {
            if (!options.WorkerEnvironment.ContainsKey(name) && Environment.GetEnvironmentVariable(name) is { } value)
                variables.Add($"{name}={value}");
        }

        foreach (var (name, value) in options.WorkerEnvironment)
            variables.Add($"{name}={value}");
        return variables;
    }
}
