namespace Handler.Cluster;

/// <summary>How a job ended; without a failure it has a value. Only the caller knows the value's type.</summary>
internal sealed record JobEnding(JobFailure? Failure, ReadOnlyMemory<byte> Value, JobUsage? Usage, JobOutput? Output)
{
    /// <summary>The number of bytes that a node keeps for it.</summary>
    public long KeptBytes => JobRequest.Overhead + Value.Length
        + (Output is { } output ? sizeof(char) * (output.StandardOutput.Length + output.StandardError.Length) : 0)
        + (Failure is JobFailed failed ? sizeof(char) * (failed.ExceptionMessage.Length + failed.ExceptionText.Length) : 0);

    public static JobEnding Of(JobFailure failure) => new(failure, default, null, null);
}
