namespace Handler;

/// <summary>
/// The node or worker that ran the job went away, and it is unknown how the job ended. The job may have run, in part or completely. It is
/// not run again.
/// </summary>
/// <param name="What">What went away, and what is known about it.</param>
public sealed record Lost<T>(string What) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => What;

    private protected override Exception ToException() => new JobLostException(this.Message, Usage);
}
