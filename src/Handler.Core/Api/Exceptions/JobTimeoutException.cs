namespace Handler;

/// <summary>The function ran longer than its <see cref="JobLimits.Timeout"/>.</summary>
public sealed class JobTimeoutException(string message, TimeSpan limit, TimeSpan elapsed, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The timeout that was exceeded.</summary>
    public TimeSpan Limit { get; } = limit;

    /// <summary>How long the function had run when it was killed.</summary>
    public TimeSpan Elapsed { get; } = elapsed;
}
