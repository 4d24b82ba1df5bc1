using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The largest file that one job may write. Only the soft limit changes, so the worker can restore it. A job's processes inherit it.
/// </summary>
internal sealed unsafe class FileLimit
{
    private RLimit usual;
    private bool isSet;

    /// <summary>Sets the limit of a job, if it is lower than the worker's own.</summary>
    /// <param name="bytes">The limit; <see cref="long.MaxValue"/> for none.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public void Set(long bytes)
    {
        if (bytes == long.MaxValue)
            return;
        RLimit limit;
        if (GetRLimit(RLIMIT_FSIZE, &limit) != 0 || limit.Soft <= (ulong)bytes)
            return;
        usual = limit;
        limit.Soft = (ulong)bytes;
        if (SetRLimit(RLIMIT_FSIZE, &limit) != 0)
            throw new IOException($"JobLimits.MaxFileBytes = {bytes} failed: {LastError()}");
        isSet = true;
    }

    /// <summary>Restores the worker's own limit. If the job has changed that, the worker is replaced later.</summary>
    public void Restore()
    {
        if (!isSet)
            return;
        isSet = false;
        RLimit limit;
        if (GetRLimit(RLIMIT_FSIZE, &limit) != 0)
            return;
        limit.Soft = Math.Min(usual.Soft, limit.Hard);
        _ = SetRLimit(RLIMIT_FSIZE, &limit);
    }
}
