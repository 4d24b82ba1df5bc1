using System.Diagnostics;

namespace Handler;

/// <summary>The exceptions of the failures.</summary>
internal static class JobExceptions
{
    /// <summary>The exception that <see cref="JobOutcome.ThrowIfFailed"/> throws for a failure.</summary>
    /// <param name="failure">Why the job did not complete.</param>
    /// <param name="usage">The resources that the job used.</param>
    public static Exception Of(JobFailure failure, JobUsage? usage) => failure switch
    {
        JobFailed failed => new JobFailedException(failed, usage),
        JobTimedOut timedOut => new JobTimeoutException(timedOut, usage),
        JobOutOfMemory outOfMemory => new JobOutOfMemoryException(outOfMemory, usage),
        JobLimitExceeded exceeded => new JobLimitExceededException(exceeded, usage),
        JobExited exited => new JobExitedException(exited, usage),
        JobKilled { Cause: KillCause.CallerCancelled } cancelled => new OperationCanceledException(cancelled.Message, cancelled.Token),
        JobKilled killed => new JobKilledException(killed, usage),
        JobLost lost => new JobLostException(lost, usage),
        JobRejected rejected => new JobRejectedException(rejected),
        _ => throw new UnreachableException($"There is no failure of type {failure.GetType()}."),
    };
}
