using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>The outcome of a job as it is sent. Without a failure it has a value, encoded: only the caller knows its type.</summary>
internal sealed record EncodedOutcome(JobFailure? Failure, ReadOnlyMemory<byte> Value, JobUsage? Usage, JobOutput? Output)
{
    /// <summary>The number of bytes that a node keeps for it.</summary>
    public long KeptBytes => Tuning.Calls.Overhead + Value.Length
        + (Output is { } output ? sizeof(char) * (output.StandardOutput.Length + output.StandardError.Length) : 0)
        + (Failure is JobFailed failed ? sizeof(char) * (failed.ExceptionMessage.Length + failed.ExceptionText.Length) : 0);

    public static EncodedOutcome Of(JobFailure failure) => new(failure, default, null, null);

    /// <summary>An outcome that came from a node of another version and has no meaning here.</summary>
    public static EncodedOutcome Unreadable(Exception exception)
        => Of(new JobLost($"The job's outcome cannot be read: {exception.Message}"));
}
