namespace Handler;

/// <summary>The function ran too long.</summary>
public sealed class JobTimeoutException(string message, TimeSpan limit, TimeSpan elapsed, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The limit.</summary>
    public TimeSpan Limit { get; } = limit;

    /// <summary>How long it had run when it was killed.</summary>
    public TimeSpan Elapsed { get; } = elapsed;
}
