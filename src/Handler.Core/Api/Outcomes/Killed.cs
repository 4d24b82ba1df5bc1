namespace Handler;

/// <summary>The job was killed on purpose: by its caller, by a user, or because its owner went away.</summary>
/// <param name="Cause">Who asked for it.</param>
/// <param name="Reason">The reason given.</param>
public sealed record Killed<T>(KillCause Cause, string Reason) : Outcome<T>
{
    /// <summary>The token that the caller has cancelled, if that was it.</summary>
    internal CancellationToken Token { get; init; }

    /// <inheritdoc/>
    public override string Message => Reason;

    private protected override Exception ToException() => Cause == KillCause.CallerCancelled
        ? new OperationCanceledException(this.Message, Token)
        : new JobKilledException(this.Message, Cause, Usage);
}
