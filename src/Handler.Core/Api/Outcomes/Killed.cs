namespace Handler;

/// <summary>The job was killed on purpose: by its caller, by a user, or because its handler, silo or caller went away.</summary>
/// <param name="Cause">Why it was killed.</param>
/// <param name="Reason">The reason as text.</param>
public sealed record Killed<T>(KillCause Cause, string Reason) : Outcome<T>
{
    /// <summary>The caller's token, if its cancellation was the cause.</summary>
    internal CancellationToken Token { get; init; }

    /// <inheritdoc/>
    public override string Message => Reason;

    private protected override Exception ToException() => Cause == KillCause.CallerCancelled
        ? new OperationCanceledException(this.Message, Token)
        : new JobKilledException(this.Message, Cause, Usage);
}
