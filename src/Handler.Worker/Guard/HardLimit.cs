namespace Handler.Guard;

/// <summary>The collector's hard limit. It counts committed memory, garbage included, so it can only contain, never measure. To set it costs some 100 µs, so it is left where it fits.</summary>
internal sealed class HardLimit
{
    private const long Megabyte = 1 << 20;

    private long limitOf = -1;
    private long bytes;

    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    /// <summary>It no longer fits any job.</summary>
    public void Forget() => limitOf = -1;

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
        AppContext.SetData("GCHeapHardLimit", (ulong)value);
        GC.RefreshMemoryLimit();
        bytes = value;
    }
}
