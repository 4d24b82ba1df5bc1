namespace Handler;

/// <summary>
/// What ran the job went away, and no one can say how the job ended. It may have run in part; it is
/// not tried again.
/// </summary>
/// <param name="What">What was lost, and what is known of it.</param>
public sealed record Lost<T>(string What) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => What;

    private protected override Exception ToException() => new JobLostException(this.Message, Usage);
}
