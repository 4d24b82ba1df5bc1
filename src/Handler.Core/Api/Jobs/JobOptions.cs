namespace Handler;

/// <summary>What one job of a pool may use, and how it is admitted. Outside of a pool only the limits and <see cref="Priority"/> count.</summary>
public record JobOptions : JobLimits
{
    /// <summary>The longest <see cref="PoolTimeout"/> there is: 1 hour.</summary>
    public static readonly TimeSpan MaxPoolTimeout = TimeSpan.FromHours(1);

    /// <summary>The longest <see cref="Wait"/> there is: 30 days.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromDays(30);

    /// <summary>Names the job for <see cref="IPool.KillAsync(string, string)"/> and snapshots; several may have the same. Default <see langword="null"/>: none.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Within what time the pool must answer; the job is rejected with <see cref="RejectReason.PoolTimeout"/> otherwise, and never starts. The time it
    /// waits for room does not count. Default 1 s; from 1 ms to <see cref="MaxPoolTimeout"/>.
    /// </summary>
    public TimeSpan PoolTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the job may wait for room in its pools; it is rejected when that has passed. Default zero: rejected at once when there is no room. At most
    /// <see cref="MaxWait"/>. A job that could not fit even into an empty pool is always rejected at once.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// Among the jobs that wait, for room in a pool or for a worker of a node, those of higher priority go first, and within one priority those that came first. Jobs that run are never
    /// interrupted for it, and the few small ones that were sent ahead to a busy worker are not called back. Default 0; any number.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Handed to the selectors of the pools on its way; see <see cref="IPoolSelector"/>. Default <see langword="null"/>.</summary>
    public string? DelegateParam { get; init; }

    internal static JobOptions Default { get; } = new();

    /// <summary>These limits, without anything for pools.</summary>
    internal static JobOptions Of(JobLimits limits) => limits as JobOptions ?? new JobOptions
    {
        Timeout = limits.Timeout,
        MaxHeapBytes = limits.MaxHeapBytes,
        MaxResidentBytes = limits.MaxResidentBytes,
        CancellationGrace = limits.CancellationGrace,
        CaptureOutput = limits.CaptureOutput,
    };

    internal override void Validate()
    {
        base.Validate();
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
            Check(false, nameof(Name), $"\"{Name}\"", "null, or a name that is not blank", nameof(JobOptions));
        Check(PoolTimeout >= TimeSpan.FromMilliseconds(1) && PoolTimeout <= MaxPoolTimeout, nameof(PoolTimeout), PoolTimeout, "from 1 ms to 1 hour", nameof(JobOptions));
        Check(Wait >= TimeSpan.Zero && Wait <= MaxWait, nameof(Wait), Wait, "from 0 to 30 days", nameof(JobOptions));
    }
}
