using System.Runtime.InteropServices;
using Handler.Platform;

namespace Handler.Workers;

/// <summary>
/// Says how a worker process is started: the dotnet host runs Handler.Worker.dll under this application's own deps file and
/// runtime configuration, so that the worker sees exactly the assemblies that the application sees.
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
        var worker = typeof(Program).Assembly.Location;
        if (worker.Length == 0)
            throw new WorkerStartException("Handler.Worker.dll is not a file of its own: the application is published as a single file. Publish without PublishSingleFile, since workers need the application's assemblies as files.");

        var arguments = new List<string> { "dotnet", "exec" };
        if (DepsFile() is { } deps)
        {
            arguments.AddRange(["--depsfile", deps]);
            var configuration = deps[..^".deps.json".Length] + ".runtimeconfig.json";
            if (File.Exists(configuration))
                arguments.AddRange(["--runtimeconfig", configuration]);
        }

        arguments.Add(worker);
        return new WorkerCommand(Host(), arguments, EnvironmentFor(options));
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

    private static string Host()
    {
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var host = Path.Combine(root, "dotnet");
        return File.Exists(host)
            ? host
            : throw new WorkerStartException($"There is no dotnet host at {host}: the application is published self-contained. Publish it framework-dependent (--no-self-contained), since workers are started by the dotnet host.");
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
