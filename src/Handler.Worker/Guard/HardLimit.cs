namespace Handler.Guard;

/// <summary>The collector's hard limit. It counts committed memory, garbage included, so it can only contain, never measure. To set it costs some 100 µs, so it is left where it fits.</summary>
internal sealed class HardLimit
{
    private const long Megabyte = 1 << 20;

    /// <summary>The name under which the collector finds it.</summary>
    public const string Name = "GCHeapHardLimit";

    /// <summary>Limits of parts of the heap. The collector refuses them in a process that began without, and from then on every other change as well.</summary>
    private static readonly string[] OfParts =
    [
        "GCHeapHardLimitSOH", "GCHeapHardLimitLOH", "GCHeapHardLimitPOH", "GCHeapHardLimitSOHPercent", "GCHeapHardLimitLOHPercent", "GCHeapHardLimitPOHPercent",
    ];

    private readonly Dictionary<string, object?>? data = Surroundings.Data();
    private long limitOf = -1;
    private long bytes;
    private long inForce; // as the collector tells it

    private static long InForce => GC.GetGCMemoryInfo(GCKind.Any).TotalAvailableMemoryBytes;

    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    /// <summary>It no longer fits any job.</summary>
    public void Forget() => limitOf = -1;

    /// <summary>Puts it back where code has set another (GC.RefreshMemoryLimit). To look costs about a microsecond.</summary>
    /// <returns>Whether it can be set for the next job.</returns>
    public bool Restore()
    {
        if (bytes == 0)
            return true;
        if (data is not null && Array.Exists(OfParts, data.ContainsKey))
            return false; // a name stays there, also without a value
        if (AppContext.GetData(Name) is not ulong value || value != (ulong)bytes)
            AppContext.SetData(Name, (ulong)bytes);
        var before = inForce;
        if (InForce == before)
            return true;
        if (TrySet(bytes))
            return inForce == before;
        Forget(); // more is committed by now
        return true;
    }

    /// <summary>Sets it for a job.</summary>
    /// <param name="limit">The job's limit.</param>
    /// <param name="callBytes">What its arguments take as bytes, while they are to be read; they are there several times then.</param>
    public void SetFor(long limit, int callBytes)
    {
        if (limit == limitOf && callBytes < Megabyte)
            return;
        var room = (2 * limit) + (32 * Megabyte) + (callBytes < Megabyte ? 0 : MemoryRoom.ToRead(callBytes));
        if (!TrySet(Committed + room))
        {
            // More is committed than was last known: the limit must not lie below it.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Set((2 * Committed) + room + (32 * Megabyte));
        }

        limitOf = callBytes < Megabyte ? limit : -1;
    }

    /// <summary>Adds to it for what comes now and is not the function's.</summary>
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
