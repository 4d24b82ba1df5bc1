namespace Handler;

/// <summary>
/// The resources that one job may use. A job that exceeds a limit is killed together with every process that it started, and its
/// <see cref="JobOutcome{T}"/> says which limit it exceeded.
/// </summary>
public record JobLimits
{
    /// <summary>The shortest allowed <see cref="Timeout"/>: 1 ms, the resolution that the watchdog guarantees.</summary>
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest allowed <see cref="Timeout"/>: 30 days.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);

    /// <summary>The largest allowed <see cref="MaxProcesses"/>: 4 194 304, the most that Linux has.</summary>
    public const int MostProcesses = 1 << 22;

    /// <summary>The largest allowed <see cref="MaxFileBytes"/>: 1 PiB.</summary>
    public const long MostFileBytes = 1L << 50;

    /// <summary>The largest allowed memory limit: 1 TiB.</summary>
    public const long MaxBytes = 1L << 40;

    /// <summary>
    /// How long the function may run, counted from its start, not from the call. Default: 60 s. Range: <see cref="MinTimeout"/> (1 ms) to
    /// <see cref="MaxTimeout"/> (30 days).
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many bytes of live managed objects the function may add to the worker's heap, including its result. Garbage does not count.
    /// Default: 10 MiB. Range: 1 byte to 1 TiB. Below 64 KiB the runtime's bookkeeping (8 KiB per allocating thread) limits the accuracy;
    /// see docs/limits.md.
    /// </summary>
    [AllowedRange(1, MaxBytes)]
    public long MaxHeapBytes { get; init; } = 10L << 20;

    /// <summary>
    /// How many bytes of memory the function may add to the worker process and to the processes that it starts. Only memory that the kernel
    /// cannot reclaim counts: native and shared memory count, pages of files do not. Default (<see langword="null"/>): 2 ×
    /// <see cref="MaxHeapBytes"/> + 64 MiB. Range: 1 MiB to 1 TiB.
    /// </summary>
    [AllowedRange(1 << 20, MaxBytes)]
    public long? MaxResidentBytes { get; init; }

    /// <summary>
    /// How much CPU time the function may use, on all threads together and including the processes that it starts. A job that exceeds it is
    /// <see cref="JobTimedOut"/> with <see cref="TimeLimitClock.CpuTime"/>. Such a job has a worker to itself, as with
    /// <see cref="CaptureOutput"/>. Default: <see langword="null"/>, no limit. Range: 1 ms to 30 days. docs/limits.md says how late the
    /// limit may take effect.
    /// </summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>
    /// How many processes the job may have started that run at the same time, including those that they start. The worker itself and
    /// threads do not count. 0 allows none: a job that starts one is ended, at the latest when its function ends. To prevent the start
    /// itself, set <see cref="HardeningOptions.DenyProcesses"/>. Default: <see langword="null"/>, no limit. Range: 0 to 4 194 304.
    /// </summary>
    [AllowedRange(0, MostProcesses)]
    public int? MaxProcesses { get; init; }

    /// <summary>
    /// The largest file, in bytes, that the job or a process that it starts may write, including files in memory. The kernel ends whichever
    /// of them writes beyond it. Default (<see langword="null"/>): <see cref="HardeningOptions.MaxFileBytes"/>, which applies as well if it
    /// is lower. Range: 0 to 1 PiB.
    /// </summary>
    [AllowedRange(0, MostFileBytes)]
    public long? MaxFileBytes { get; init; }

    /// <summary>
    /// How long a job has to end by itself after its caller cancels, before it is killed. The job's own token is cancelled at the start of
    /// this time. Default: 0, the job is killed immediately. Maximum: 1 hour.
    /// </summary>
    public TimeSpan CancellationGrace { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Whether the outcome contains what the job wrote to stdout and stderr (the last 64 KiB of each) even if it completed. Default:
    /// <see langword="false"/>. Such a job has a worker to itself: no other job is sent ahead to that worker while it runs.
    /// </summary>
    public bool CaptureOutput { get; init; }

    /// <summary>The resident limit in effect: <see cref="MaxResidentBytes"/>, or its default.</summary>
    internal long EffectiveResidentBytes => MaxResidentBytes ?? checked((2 * MaxHeapBytes) + (64L << 20));

    /// <summary>Throws if a limit is out of range, with a message that names the limit, its value and the allowed range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    internal virtual void Validate()
    {
        Check(Timeout >= MinTimeout && Timeout <= MaxTimeout, nameof(Timeout), Timeout, "from 1 ms to 30 days");
        Check(MaxHeapBytes is >= 1 and <= MaxBytes, nameof(MaxHeapBytes), MaxHeapBytes, "from 1 byte to 1 TiB (1099511627776 bytes)");
        Check(
            MaxResidentBytes is null or (>= 1 << 20 and <= MaxBytes),
            nameof(MaxResidentBytes),
            MaxResidentBytes,
            "null, or from 1 MiB (1048576 bytes) to 1 TiB (1099511627776 bytes)");
        Check(
            CpuTime is null || (CpuTime >= MinTimeout && CpuTime <= MaxTimeout), nameof(CpuTime), CpuTime, "null, or from 1 ms to 30 days");
        Check(MaxProcesses is null or (>= 0 and <= MostProcesses), nameof(MaxProcesses), MaxProcesses, "null, or from 0 to 4194304");
        Check(
            MaxFileBytes is null or (>= 0 and <= MostFileBytes),
            nameof(MaxFileBytes),
            MaxFileBytes,
            "null, or from 0 to 1 PiB (1125899906842624 bytes)");
        Check(
            CancellationGrace >= TimeSpan.Zero && CancellationGrace <= TimeSpan.FromHours(1),
            nameof(CancellationGrace),
            CancellationGrace,
            "from 0 to 1 hour");
    }

    private protected static void Check<T>(bool holds, string limit, T value, string range, string type = nameof(JobLimits))
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(limit, value, $"{type}.{limit} is {value}; it must be {range}.");
    }
}
