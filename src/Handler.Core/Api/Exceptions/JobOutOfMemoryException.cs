namespace Handler;

/// <summary>The function used more memory than it was allowed to.</summary>
public sealed class JobOutOfMemoryException(string message, long limitBytes, long peakBytes, MemoryLimitSource source, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The limit that was exceeded, in bytes.</summary>
    public long LimitBytes { get; } = limitBytes;

    /// <summary>The highest use that was measured, in bytes.</summary>
    public long PeakBytes { get; } = peakBytes;

    /// <summary>The layer that detected it.</summary>
    public MemoryLimitSource LimitSource { get; } = source;
}
