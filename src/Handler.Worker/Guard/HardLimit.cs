namespace Handler.Guard;

/// <summary>
/// The GC's hard limit. It counts committed memory, garbage included, so it can contain a job but not measure it. Setting it takes some 100
/// µs, so it stays as it is if it fits the next job.
/// </summary>
internal sealed class HardLimit
{
    private const long Megabyte = 1 << 20;

    /// <summary>The name under which the GC reads it.</summary>
    public const string Name = "GCHeapHardLimit";

    /// <summary>
    /// Limits for parts of the heap. The GC rejects them in a process that started without them, and from then on rejects every other
    /// change too.
    /// </summary>
    private static readonly string[] OfParts =
    [
        "GCHeapHardLimitSOH",
        "GCHeapHardLimitLOH",
        "GCHeapHardLimitPOH",
        "GCHeapHardLimitSOHPercent",
        "GCHeapHardLimitLOHPercent",
        "GCHeapHardLimitPOHPercent",
    ];

    private readonly Dictionary<string, object?>? data = Surroundings.Data();
    private long limitOf = -1;
    private long bytes;
    private long inForce; // as the GC reports it

    private static long InForce => GC.GetGCMemoryInfo(GCKind.Any).TotalAvailableMemoryBytes;

    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    /// <summary>Marks the limit as unsuitable for any job.</summary>
    public void Forget() => limitOf = -1;

    /// <summary>Restores the limit after code has set another (GC.RefreshMemoryLimit). The check takes about a microsecond.</summary>
    /// <returns>Whether the limit can be set for the next job.</returns>
    public bool Restore()
    {
        if (bytes == 0)
            return true;
        if (data is not null && Array.Exists(OfParts, data.ContainsKey))
            return false; // a name stays in the data even without a value
        if (AppContext.GetData(Name) is not ulong value || value != (ulong)bytes)
            AppContext.SetData(Name, (ulong)bytes);
        var before = inForce;
        if (InForce == before)
            return true;
        if (TrySet(bytes))
            return inForce == before;
        Forget(); // more memory is committed now
        return true;
    }

    /// <summary>Sets the limit for a job.</summary>
    /// <param name="limit">The job's limit.</param>
    /// <param name="callBytes">The size of the job's arguments in bytes, if they are still to be read; memory then holds them several
    /// times.</param>
    public void SetFor(long limit, int callBytes)
    {
        if (limit == limitOf && callBytes < Megabyte)
            return;
        var room = (2 * limit) + (32 * Megabyte) + (callBytes < Megabyte ? 0 : MemoryRoom.ToRead(callBytes));
        if (!TrySet(Committed + room))
        {
            // More memory is committed than was last known. The limit must not be below it.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Set((2 * Committed) + room + (32 * Megabyte));
        }

        limitOf = callBytes < Megabyte ? limit : -1;
    }

    /// <summary>Raises the limit for memory that is needed from now on and is not the function's.</summary>
    public void Raise(long more)
    {
        _ = TrySet(Math.Max(bytes, Committed) + more);
        limitOf = -1;
    }

    private bool TrySet(long value)
    {
        try
        {
            Set(value);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void Set(long value)
    {
        AppContext.SetData(Name, (ulong)value);
        GC.RefreshMemoryLimit();
        bytes = value;
        inForce = InForce;
    }
}
