namespace Handler;

/// <summary>When a worker process is replaced by a fresh one. The replacement is ready before the old one goes.</summary>
public sealed class RecyclingOptions
{
    /// <summary>After how many jobs, ± 10 % by chance. Default 1 000 000; 1 gives every job a fresh process; at least 1.</summary>
    public int MaxJobs { get; set; } = 1_000_000;

    /// <summary>After what time, ± 10 % by chance. Default 1 h; from 1 s to 30 days.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>When the live heap or the resident memory between jobs has grown by this much over a fresh worker's, in bytes. Default 64 MiB; at least 1 MiB.</summary>
    public long MaxGrowthBytes { get; set; } = 64L << 20;

    /// <summary>When a job leaves something behind that cannot be put back, such as threads, timers, open files or handlers; docs/limits.md has the table. Default <see langword="true"/>.</summary>
    public bool OnLeftovers { get; set; } = true;

    /// <summary>A worker above <see cref="HandlerOptions.MinWorkers"/> ends after being idle for this long. Default 30 s; from 100 ms to 30 days.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
