using System.Reflection;
using System.Runtime.InteropServices;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Determines how a worker process is started, so that it sees exactly the assemblies that the application sees. There are two ways:
/// <list type="bullet">
/// <item>The application runs on a shared runtime: the dotnet host runs Handler.Worker.dll under the application's own deps file and
/// runtime configuration.</item>
/// <item>The application brings its own runtime (self-contained, single file): there is no dotnet host, so the application's own executable
/// is started, and a startup hook in Handler.Worker.dll takes over before the application's Main.</item>
/// </list>
/// </summary>
internal static class WorkerLauncher
{
    private const string SystemTemporaryFolder = "/tmp";

    /// <summary>
    /// Captures how workers are started from the current state of this process. Later changes, such as of its working directory, affect no
    /// job.
    /// </summary>
    /// <exception cref="WorkerStartException">This application is packaged in a way from which workers cannot be started.</exception>
    public static WorkerCommand CommandFor(ProfileOptions options)
    {
        var worker = AssemblyFile.PathOf(typeof(Program).Assembly);
        var environment = new WorkerEnvironment(options);
        string[] variables = [.. environment.Variables];
        var hardening = options.Hardening;
        var command =
            worker is not null && DotnetHost() is { } host
                ? new WorkerCommand(host, HostArguments(worker), variables)
                : OwnCommand(worker ?? typeof(Program).Assembly.GetName().Name!, variables);
        command = command with
        {
            Directory = CurrentDirectory(),
            TemporaryFolder = environment.TemporaryFolder,
            HasControlGroup = hardening.ControlGroup != ControlGroupMode.Off,
            Reads = [command.Path, .. Assemblies()],
            GroupLimits = hardening.GroupLimits,
            PrivateFolders = hardening.PrivateTemporaryFolder
                ? new PrivateFolders(environment.TemporaryFolder ?? SystemTemporaryFolder)
                : null,
        };
        var rights = RightsFor(hardening, WorkerFiles.RulesFor(hardening, command));
        return rights.HasUserNamespace
            ? UnshareProgram.Wrap(command, rights)
            : command with { Rights = rights };
    }

    /// <summary>The rights of workers with these options.</summary>
    public static LaunchRights RightsFor(HardeningOptions hardening, FileRules? files = null) => new()
    {
        Niceness = hardening.Niceness,
        UserId = hardening.UserId,
        DropCapabilities = hardening.DropCapabilities,

        // A filter of system calls requires it, and so do Landlock rules.
        NoNewPrivileges = hardening.NoNewPrivileges
            || hardening.DeniedCalls != DeniedCalls.None
            || files is not null
            || hardening.IsolateProcesses,
        PidNamespace = hardening.PidNamespace,
        NetworkNamespace = hardening.NetworkNamespace,
        HasUserNamespace = HasUserNamespace(hardening),
        MaxTasks = hardening.MaxTasks,
        Files = files,
        IsolateProcesses = hardening.IsolateProcesses,
    };

    /// <summary>A process with privileges makes a network of its own without further processes.</summary>
    private static bool HasUserNamespace(HardeningOptions hardening)
        => hardening.PidNamespace || (hardening.NetworkNamespace && NetworkNamespace.WhyNot() is not null);

    private static string CurrentDirectory()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (IOException)
        {
            return "/"; // the directory was removed
        }
    }

    /// <summary>The assembly files of the application and of the runtime; none in a single-file application.</summary>
    private static string[] Assemblies()
        => (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries);

    private static List<string> HostArguments(string worker)
    {
        if (DepsFile.OfApplication(RuntimeEnvironment.GetRuntimeDirectory()) is not { } deps)
            throw new WorkerStartException(
                $"This application has no deps file ({Assembly.GetEntryAssembly()?.GetName().Name}.deps.json beside it), "
                    + "which tells workers where its assemblies are. "
                    + "Do not set GenerateDependencyFile to false in its project, and deploy the file with the application.");
        var arguments = new List<string> { "dotnet", "exec", "--depsfile", deps };
        var configuration = deps[..^".deps.json".Length] + ".runtimeconfig.json";
        if (File.Exists(configuration))
            arguments.AddRange(["--runtimeconfig", configuration]);
        arguments.Add(worker);
        return arguments;
    }

    /// <summary>
    /// The dotnet host of the shared runtime that this process runs on; <see langword="null"/> if the application has its own runtime.
    /// </summary>
    private static string? DotnetHost()
    {
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/
        var framework = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent;
        if (framework is not { Name: "Microsoft.NETCore.App", Parent: { Name: "shared", Parent: { } root } })
            return null;
        var host = Path.Combine(root.FullName, "dotnet");
        return File.Exists(host) ? host : null;
    }

    private static WorkerCommand OwnCommand(string hook, string[] variables)
    {
        var isOff = AppContext.TryGetSwitch("System.StartupHookProvider.IsSupported", out var supported) && !supported;
        RequireHooks(isOff, Environment.GetEnvironmentVariable(StartupHook.Variable), hook);
        var executable = OwnExecutable();
        return new WorkerCommand(executable, [executable], [.. variables, $"{StartupHook.Variable}={hook}"]);
    }

    /// <summary>
    /// Without the hook a worker would run the application again, which would start workers, and so on. The hook removes its variable, so a
    /// process that still has it is a worker whose runtime has ignored the hook.
    /// </summary>
    internal static void RequireHooks(bool isOff, string? inherited, string hook)
    {
        if (isOff || inherited == hook)
            throw new WorkerStartException(
                "There is no dotnet host to start workers with, and this application is published without startup hooks. "
                    + "Publish it untrimmed and without NativeAOT (PublishTrimmed and PublishAot are false), "
                    + "and do not set StartupHookSupport to false in its project.");
    }

    private static string OwnExecutable()
        => Environment.ProcessPath
            ?? throw new WorkerStartException(
                "The path of this application's executable is not known, so no worker can be started from it. "
                    + "Publish the application framework-dependent (--no-self-contained).");
}
