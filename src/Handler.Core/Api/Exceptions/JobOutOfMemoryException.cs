namespace Handler;

/// <summary>The function used too much memory.</summary>
public sealed class JobOutOfMemoryException(string message, long limitBytes, long peakBytes, MemoryLimitSource source, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The limit, in bytes.</summary>
    public long LimitBytes { get; } = limitBytes;

    /// <summary>The most that was seen, in bytes.</summary>
    public long PeakBytes { get; } = peakBytes;

    /// <summary>Which layer saw it.</summary>
    public MemoryLimitSource LimitSource { get; } = source;
}
