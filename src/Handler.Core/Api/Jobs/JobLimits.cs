namespace Handler;

/// <summary>
/// What one job may use. A job that goes past a limit is killed together with every process it started, and its
/// <see cref="Outcome{T}"/> says which limit it was.
/// </summary>
public record JobLimits
{
    /// <summary>The shortest <see cref="Timeout"/> there is: 1 ms, the resolution the watchdog promises.</summary>
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest <see cref="Timeout"/> there is: 30 days.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);

    /// <summary>The largest memory limit there is: 1 TiB.</summary>
    public const long MaxBytes = 1L << 40;

    /// <summary>
    /// How long the function may run, counted from the moment it starts, not from the moment it was asked for.
    /// Default 60 s; from <see cref="MinTimeout"/> to <see cref="MaxTimeout"/>.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many bytes of live managed objects the function may add to the worker's heap, its result included.
    /// Garbage does not count. Default 10 MiB; from 1 byte to 1 TiB. Below 64 KiB the runtime's own
    /// bookkeeping (8 KiB per allocating thread) limits how exact this can be: see docs/limits.md.
    /// </summary>
    public long MaxHeapBytes { get; init; } = 10L << 20;

    /// <summary>
    /// How many bytes of memory the function may add to the worker process and the processes that it starts. Only memory that the kernel cannot take back counts: native and shared memory do,
    /// pages of files do not.
    /// Default (<see langword="null"/>) is 2 × <see cref="MaxHeapBytes"/> + 64 MiB; from 1 MiB to 1 TiB.
    /// </summary>
    public long? MaxResidentBytes { get; init; }

    /// <summary>
    /// How long a job whose caller cancelled gets to end by itself, its own token being cancelled, before it is
    /// killed. Default zero: killed at once. At most 1 hour.
    /// </summary>
    public TimeSpan CancellationGrace { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Whether the outcome carries what the job wrote to stdout and stderr (the last 64 KiB of each), also when it
    /// completed. Default <see langword="false"/>. Such a job has its worker for itself; nothing is sent ahead behind it.
    /// </summary>
    public bool CaptureOutput { get; init; }

    /// <summary>The resident limit in force: <see cref="MaxResidentBytes"/>, or what it defaults to.</summary>
    internal long EffectiveResidentBytes => MaxResidentBytes ?? checked((2 * MaxHeapBytes) + (64L << 20));

    /// <summary>Refuses limits out of range with a message that names the limit, its value and the allowed range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    internal virtual void Validate()
    {
        Check(Timeout >= MinTimeout && Timeout <= MaxTimeout, nameof(Timeout), Timeout, "from 1 ms to 30 days");
        Check(MaxHeapBytes is >= 1 and <= MaxBytes, nameof(MaxHeapBytes), MaxHeapBytes, "from 1 byte to 1 TiB (1099511627776 bytes)");
        Check(MaxResidentBytes is null or (>= 1 << 20 and <= MaxBytes), nameof(MaxResidentBytes), MaxResidentBytes, "null, or from 1 MiB (1048576 bytes) to 1 TiB (1099511627776 bytes)");
        Check(CancellationGrace >= TimeSpan.Zero && CancellationGrace <= TimeSpan.FromHours(1), nameof(CancellationGrace), CancellationGrace, "from 0 to 1 hour");
    }

    private protected static void Check<T>(bool holds, string limit, T value, string range, string type = nameof(JobLimits))
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(limit, value, $"{type}.{limit} is {value}; allowed is {range}.");
    }
}
