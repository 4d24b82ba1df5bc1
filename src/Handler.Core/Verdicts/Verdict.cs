namespace Handler.Verdicts;

/// <summary>How a job ended, independent of its value's type. The classifier returns it, and it is sent between processes.</summary>
internal abstract record Verdict
{
    /// <summary>The outcome for a caller that expects a <typeparamref name="T"/>.</summary>
    public abstract Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output);

    public sealed record Failed(string ExceptionType, string ExceptionMessage, string ExceptionText) : Verdict
    {
        /// <summary>
        /// The verdict for a result that could not be read. Its bytes come from a process that has run someone's code, and reading them may run
        /// the caller's code.
        /// </summary>
        public static Failed Unreadable(Type result, Exception exception)
            => new(exception.GetType().FullName!, $"The job's result cannot be read as {result}: {exception.Message}", exception.ToString());

        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new Failed<T>(ExceptionType, ExceptionMessage, ExceptionText) { Usage = usage, Output = output };
    }

    public sealed record TimedOut(TimeSpan Limit, TimeSpan Elapsed) : Verdict
    {
        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new TimedOut<T>(Limit, Elapsed) { Usage = usage, Output = output };
    }

    public sealed record OutOfMemory(long LimitBytes, long PeakBytes, MemoryLimitSource Source) : Verdict
    {
        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new OutOfMemory<T>(LimitBytes, PeakBytes, Source) { Usage = usage, Output = output };
    }

    public sealed record Exited(int? ExitCode, int? Signal, string? Reason) : Verdict
    {
        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new Exited<T>(ExitCode, Signal, Reason) { Usage = usage, Output = output };
    }

    public sealed record Killed(KillCause Cause, string Reason) : Verdict
    {
        /// <inheritdoc cref="Killed{T}.Token"/>
        public CancellationToken Token { get; init; }

        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new Killed<T>(Cause, Reason) { Token = Token, Usage = usage, Output = output };
    }

    public sealed record Lost(string What) : Verdict
    {
        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new Lost<T>(What) { Usage = usage, Output = output };
    }

    public sealed record Rejected(string Pool, RejectReason Reason, long Requested, long Used, long Limit) : Verdict
    {
        /// <inheritdoc cref="Rejected{T}.Waiting"/>
        public int Waiting { get; init; }

        /// <inheritdoc cref="Rejected{T}.Kept"/>
        public long Kept { get; init; }

        /// <inheritdoc cref="Rejected{T}.Detail"/>
        public string? Detail { get; init; }

        public override Outcome<T> ToOutcome<T>(JobUsage? usage, JobOutput? output)
            => new Rejected<T>(Pool, Reason, Requested, Used, Limit) { Detail = Detail, Waiting = Waiting, Kept = Kept, Usage = usage, Output = output };
    }
}
