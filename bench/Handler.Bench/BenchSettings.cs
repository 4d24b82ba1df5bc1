namespace Handler.Bench;

/// <summary>How much is measured. The quick run is for a check during work; the full run goes into RESULTS.md.</summary>
internal sealed record BenchSettings
{
    /// <summary>Worker processes of the handler under test, and children of the ping-pong it is compared with.</summary>
    public const int BenchWorkers = 4;

    /// <summary>
    /// Workers for the mixed load: one per caller. One job in 100 that sleeps 20 ms is 0.2 ms of worker time per job. With fewer workers
    /// than callers, sleeping jobs soon occupy all of them: any handler then reaches about workers / 0.2 ms, and fast jobs wait because no
    /// worker is free. With one worker per caller a worker is always free, so every wait of a fast job is caused by the handler.
    /// </summary>
    public const int MixedWorkers = MixedCallers;

    public const int MixedCallers = 16;

    public static readonly BenchSettings Quick = new()
    {
        Name = "quick",
        WarmUp = TimeSpan.FromSeconds(1),
        MaxClusterWarmUp = TimeSpan.FromSeconds(15),
        LatencySamples = 5_000,
        LatencyRounds = 5,
        ThroughputRound = TimeSpan.FromSeconds(1),
        ThroughputRounds = 3,
        SpawnSamples = 20,
        TimeoutSamples = 30,
        KillSamples = 30,
        MemorySamples = 20,
        PayloadSamples = 300,
        WorkerSamples = 5,
    };

    public static readonly BenchSettings Full = new()
    {
        Name = "full",
        WarmUp = TimeSpan.FromSeconds(3),
        MaxClusterWarmUp = TimeSpan.FromSeconds(30),
        LatencySamples = 50_000,
        LatencyRounds = 10,
        ThroughputRound = TimeSpan.FromSeconds(5),
        ThroughputRounds = 5,
        SpawnSamples = 100,
        TimeoutSamples = 200,
        KillSamples = 200,
        MemorySamples = 100,
        PayloadSamples = 3_000,
        WorkerSamples = 20,
    };

    public required string Name { get; init; }

    /// <summary>How long each subject runs before samples are kept, so that the JIT has tiered up on both sides.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>
    /// The maximum warm-up of a subject on a cluster, which ends when its rate no longer rises. Orleans comes without precompiled native
    /// code; compiling it in several processes keeps the two cores busy for half a minute.
    /// </summary>
    public required TimeSpan MaxClusterWarmUp { get; init; }

    /// <summary>Samples per subject, in all rounds together.</summary>
    public required int LatencySamples { get; init; }

    public required int LatencyRounds { get; init; }

    /// <summary>The duration per subject and round.</summary>
    public required TimeSpan ThroughputRound { get; init; }

    public required int ThroughputRounds { get; init; }

    public required int SpawnSamples { get; init; }

    public required int TimeoutSamples { get; init; }

    public required int KillSamples { get; init; }

    public required int MemorySamples { get; init; }

    public required int PayloadSamples { get; init; }

    public required int WorkerSamples { get; init; }

    /// <summary>The pause after a worker was killed. Its replacement is then ready, and the machine idle, before the next sample.</summary>
    public TimeSpan Settle { get; } = TimeSpan.FromMilliseconds(100);
}
