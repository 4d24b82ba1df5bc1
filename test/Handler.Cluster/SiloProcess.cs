using System.Globalization;
using Handler.Shared;

namespace Handler.Cluster;

/// <summary>How the silos of a cluster are set up.</summary>
internal sealed record SiloSetup
{
    public required string Redis { get; init; }

    public required string ClusterId { get; init; }

    public int MaxWorkers { get; init; } = 16;

    public int MaxQueuedJobs { get; init; } = 1_000;

    /// <summary>Orleans' response timeout, where it is to be shorter than usual.</summary>
    public TimeSpan? ResponseTimeout { get; init; }
}

/// <summary>A silo as a process, with ports of its own.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private const string Marker = "HANDLER_TEST_SILO";

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
            ["Handler__Silo__DrainTimeout"] = "00:00:20",
            [$"Handler__WorkerEnvironment__{Marker}"] = marker,
        };
        if (setup.ResponseTimeout is { } timeout)
            environment[TestSilo.Program.ResponseTimeout] = timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        process = Dotnet(
            [
                "--redis", setup.Redis, "--cluster-id", setup.ClusterId, "--max-workers", setup.MaxWorkers.ToString(CultureInfo.InvariantCulture),
                "--silo-port", SiloPort.ToString(CultureInfo.InvariantCulture), "--gateway-port", GatewayPort.ToString(CultureInfo.InvariantCulture),
            ],
            environment);
    }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public bool IsStopped { get; private set; }

    public IReadOnlyList<string> Lines => process.Lines;

    /// <summary>Starts one; it takes jobs when the task completes.</summary>
    public static async Task<SiloProcess> StartAsync(SiloSetup setup)
    {
        var silo = new SiloProcess(setup);
        try
        {
            await silo.process.WaitForLineAsync("takes jobs", TimeSpan.FromMinutes(2));
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a node is this silo's.</summary>
    public bool Has(string node) => node.Contains($":{SiloPort.ToString(CultureInfo.InvariantCulture)}@", StringComparison.Ordinal);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Signal(Signals.Kill);
        await process.WaitForExitAsync();
    }

    /// <summary>Lets it stand still.</summary>
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

    /// <summary>Tells it to end in good order.</summary>
    public void Terminate() => process.Signal(Signals.Terminate);

    public Task WaitForExitAsync() => process.WaitForExitAsync();

    /// <summary>Its worker processes and what they started.</summary>
    public List<int> Processes() => [.. ProcessTable.WithVariable(Marker, marker).Select(process => process.Pid)];

    public ValueTask DisposeAsync() => process.DisposeAsync();

    /// <summary>Starts the program of silos and clients.</summary>
    public static ChildProcess Dotnet(IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var program = typeof(TestSilo.Program).Assembly.Location;
        return new ChildProcess(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet", ["exec", program, .. arguments], environment, Path.GetDirectoryName(program)!);
    }
}
