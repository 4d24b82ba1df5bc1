namespace Handler;

/// <summary>The function ran longer than its <see cref="JobLimits.Timeout"/> and was killed.</summary>
/// <param name="Limit">The timeout that was exceeded.</param>
/// <param name="Elapsed">How long the function had run when it was killed.</param>
public sealed record TimedOut<T>(TimeSpan Limit, TimeSpan Elapsed) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"Took more than {Limit.TotalMilliseconds:0.###}ms to complete";

    private protected override Exception ToException() => new JobTimeoutException(this.Message, Limit, Elapsed, Usage);
}
