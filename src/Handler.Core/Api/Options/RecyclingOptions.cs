namespace Handler;

/// <summary>When a worker process is replaced by a fresh one. The replacement is ready before the old worker exits.</summary>
public sealed class RecyclingOptions
{
    /// <summary>
    /// The number of jobs after which a worker is replaced, varied randomly by ± 10 %. Default: 1 000 000. Minimum: 1, which gives every
    /// job a fresh process.
    /// </summary>
    [AllowedRange(1, int.MaxValue)]
    public int MaxJobs { get; set; } = 1_000_000;

    /// <summary>The age at which a worker is replaced, varied randomly by ± 10 %. Default: 1 h. Range: 1 s to 30 days.</summary>
    [AllowedRange("1s", "30d")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// A worker is replaced when its live heap or resident memory between jobs exceeds that of a fresh worker by this many bytes. Default:
    /// 64 MiB. Range: 1 MiB to 1 TiB.
    /// </summary>
    [AllowedRange(1L << 20, 1L << 40)]
    public long MaxGrowthBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Whether a worker is replaced after a job that leaves behind state that cannot be reset, such as threads, timers, open files or event
    /// handlers; docs/limits.md has the table. Default: <see langword="true"/>.
    /// </summary>
    public bool OnLeftovers { get; set; } = true;

    /// <summary>
    /// How long a worker above <see cref="HandlerOptions.MinWorkers"/> may be idle before it exits. Default: 30 s. Range: 100 ms to 30
    /// days.
    /// </summary>
    [AllowedRange("100ms", "30d")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
