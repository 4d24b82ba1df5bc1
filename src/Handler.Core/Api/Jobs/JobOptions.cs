namespace Handler;

/// <summary>
/// The limits of one job and how its pool admits it. <see cref="Name"/>, <see cref="Wait"/> and
/// <see cref="SelectorArgument"/> are refused for a job without a pool. docs/limits.md has a table of which option is used where.
/// </summary>
public record JobOptions : JobLimits
{
    /// <summary>The longest allowed <see cref="PoolTimeout"/>: 1 hour.</summary>
    public static readonly TimeSpan MaxPoolTimeout = TimeSpan.FromHours(1);

    /// <summary>The longest allowed <see cref="Wait"/>: 30 days.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromDays(30);

    /// <summary>
    /// The job's name for <see cref="IPool.KillAsync(string, string?, CancellationToken)"/> and snapshots. Several jobs may share a name.
    /// Default: <see langword="null"/>, no name.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// How long the pools, or the node of a job without a pool, have to reply. If they do not, the job is rejected with
    /// <see cref="RejectReason.PoolTimeout"/> and never starts. Time spent waiting for room does not count. An embedded node always replies
    /// in time, because it decides before the call returns. Default: 1 s. Range: 1 ms to <see cref="MaxPoolTimeout"/> (1 hour).
    /// </summary>
    public TimeSpan PoolTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the job may wait for room in its pools. It is rejected when this time has passed. Default: 0, the job is rejected
    /// immediately if there is no room. Maximum: <see cref="MaxWait"/> (30 days). A job that would not fit even into an empty pool is
    /// always rejected immediately.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// Orders the jobs that wait for room in a pool or for a worker of a node: higher priority goes first, and equal priorities go in order
    /// of arrival. A running job is never interrupted for a job of higher priority, and the few small jobs that were already sent ahead to
    /// a busy worker are not taken back. Default: 0. Any number is allowed.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Passed to the selectors of the job's pools; see <see cref="IPoolSelector"/>. Default: <see langword="null"/>.</summary>
    public string? SelectorArgument { get; init; }

    internal static JobOptions Default { get; } = new();

    /// <summary>These limits as options; the pool-related options have their defaults.</summary>
    internal static JobOptions Of(JobLimits limits) => limits as JobOptions ?? new JobOptions
    {
        Timeout = limits.Timeout,
        MaxHeapBytes = limits.MaxHeapBytes,
        MaxResidentBytes = limits.MaxResidentBytes,
        CpuTime = limits.CpuTime,
        MaxProcesses = limits.MaxProcesses,
        MaxFileBytes = limits.MaxFileBytes,
        CancellationGrace = limits.CancellationGrace,
        CaptureOutput = limits.CaptureOutput,
    };

    /// <summary>Refuses options that have no effect without a pool.</summary>
    /// <param name="limits">The limits of a job without a pool, as its caller gave them.</param>
    /// <exception cref="ArgumentException">An option is set that only a pool uses; the message names it.</exception>
    internal static void CheckWithoutPool(JobLimits? limits)
    {
        if (limits is not JobOptions options)
            return;
        Refuse(options.Name is not null, nameof(Name));
        Refuse(options.Wait != default, nameof(Wait));
        Refuse(options.SelectorArgument is not null, nameof(SelectorArgument));

        static void Refuse(bool isSet, string option)
        {
            if (isSet)
                throw new ArgumentException(
                    $"JobOptions.{option} has an effect only in a pool. Run the job through IHandler.GetPool, or do not set it.",
                    nameof(limits));
        }
    }

    internal override void Validate()
    {
        base.Validate();
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
            Check(false, nameof(Name), $"\"{Name}\"", "null, or a name that is not blank", nameof(JobOptions));
        Check(
            PoolTimeout >= TimeSpan.FromMilliseconds(1) && PoolTimeout <= MaxPoolTimeout,
            nameof(PoolTimeout),
            PoolTimeout,
            "from 1 ms to 1 hour",
            nameof(JobOptions));
        Check(Wait >= TimeSpan.Zero && Wait <= MaxWait, nameof(Wait), Wait, "from 0 to 30 days", nameof(JobOptions));
    }
}
