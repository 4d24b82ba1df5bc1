using System.Globalization;
using System.Reflection;
using Handler.Shared;

namespace Handler.Cluster;

/// <summary>A silo as a process, with its own ports.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private const string Marker = "HANDLER_TEST_SILO";

    /// <summary>The text that a silo writes when it takes jobs.</summary>
    private const string Ready = "takes jobs";

    private readonly ChildProcess process;
    private readonly string marker = Guid.NewGuid().ToString("N");

    private SiloProcess(SiloSetup setup)
    {
        (SiloPort, GatewayPort) = (FreePorts.Next(), FreePorts.Next());
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_EnableDiagnostics"] = "0",
            ["Logging__LogLevel__Default"] = "Information",
            ["Logging__LogLevel__Microsoft"] = "Warning",
            ["Logging__LogLevel__Orleans"] = "Warning",
            ["Logging__Console__FormatterName"] = "simple",
            ["Logging__Console__FormatterOptions__SingleLine"] = "true",
            ["Handler__MinWorkers"] = Math.Min(2, setup.MaxWorkers).ToString(CultureInfo.InvariantCulture),
            ["Handler__MaxQueuedJobs"] = setup.MaxQueuedJobs.ToString(CultureInfo.InvariantCulture),
            ["Handler__Silo__DrainTimeout"] = setup.DrainTimeout.ToString(),
            ["Handler__Silo__Address"] = setup.Address,
            [$"Handler__WorkerEnvironment__{Marker}"] = marker,
        };
        if (setup.SiloTls is { } tls)
        {
            environment["Handler__Silo__Tls__CertificatePath"] = tls.CertificatePath;
            environment["Handler__Silo__Tls__KeyPath"] = tls.KeyPath!;
            environment["Handler__Silo__Tls__AuthorityPath"] = tls.AuthorityPath;
        }

        if (setup.ResponseTimeout is { } timeout)
            environment[TestSilo.Program.ResponseTimeout] = timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        process = Dotnet(Arguments(setup.Redis, setup.ClusterId, setup.MaxWorkers, SiloPort, GatewayPort), environment);
    }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public bool IsStopped { get; private set; }

    public IReadOnlyList<string> Lines => process.Lines;

    /// <summary>Starts a silo. It takes jobs when the task completes.</summary>
    public static async Task<SiloProcess> StartAsync(SiloSetup setup)
    {
        var silo = new SiloProcess(setup);
        try
        {
            await silo.process.WaitForLineAsync(Ready, TimeSpan.FromMinutes(2));
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a node belongs to this silo.</summary>
    public bool Has(string node) => node.Contains($":{SiloPort.ToString(CultureInfo.InvariantCulture)}@", StringComparison.Ordinal);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Signal(Signals.Kill);
        await process.WaitForExitAsync();
    }

    /// <summary>Stops the process without ending it.</summary>
    public void Stop()
    {
        IsStopped = true;
        process.Signal(Signals.Stop);
    }

    public void Continue()
    {
        process.Signal(Signals.Continue);
        IsStopped = false;
    }

    /// <summary>Tells the silo to shut down normally.</summary>
    public void Terminate() => process.Signal(Signals.Terminate);

    public Task WaitForExitAsync() => process.WaitForExitAsync();

    /// <summary>The silo's worker processes, and the processes that they started.</summary>
    public List<int> Processes() => [.. ProcessTable.WithVariable(Marker, marker).Select(process => process.Pid)];

    public ValueTask DisposeAsync() => process.DisposeAsync();

    /// <summary>Starts the program of silos and clients.</summary>
    public static ChildProcess Dotnet(IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
        => Dotnet(typeof(TestSilo.Program).Assembly, arguments, environment);

    /// <summary>
    /// Starts a silo in another program, which is told so by its first argument. The silo takes jobs when the task completes.
    /// </summary>
    public static async Task<ChildProcess> StartAsync(
        Assembly program,
        string mode,
        string redis,
        string clusterId,
        int maxWorkers,
        IEnumerable<KeyValuePair<string, string>> environment)
    {
        var silo = Dotnet(program, [mode, .. Arguments(redis, clusterId, maxWorkers, FreePorts.Next(), FreePorts.Next())], environment);
        await silo.WaitForLineAsync(Ready);
        return silo;
    }

    private static string[] Arguments(string redis, string clusterId, int maxWorkers, int siloPort, int gatewayPort) =>
        [
            "--redis",
            redis,
            "--cluster-id",
            clusterId,
            "--max-workers",
            maxWorkers.ToString(CultureInfo.InvariantCulture),
            "--silo-port",
            siloPort.ToString(CultureInfo.InvariantCulture),
            "--gateway-port",
            gatewayPort.ToString(CultureInfo.InvariantCulture),
        ];

    private static ChildProcess Dotnet(
        Assembly program,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> environment)
    {
        var dotnet = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet";
        return new ChildProcess(dotnet, ["exec", program.Location, .. arguments], environment, Path.GetDirectoryName(program.Location)!);
    }
}
