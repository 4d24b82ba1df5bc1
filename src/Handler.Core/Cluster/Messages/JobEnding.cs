using Handler.Verdicts;

namespace Handler.Cluster;

/// <summary>How a job ended; without a verdict it has a value. Only the caller knows the value's type.</summary>
internal sealed record JobEnding(Verdict? Verdict, ReadOnlyMemory<byte> Value, JobUsage? Usage, JobOutput? Output)
{
    /// <summary>The number of bytes that a node keeps for it.</summary>
    public long KeptBytes => JobRequest.Overhead + Value.Length
        + (Output is { } output ? sizeof(char) * (output.StandardOutput.Length + output.StandardError.Length) : 0)
        + (Verdict is Verdict.Failed failed ? sizeof(char) * (failed.ExceptionMessage.Length + failed.ExceptionText.Length) : 0);

    public static JobEnding Of(Verdict verdict) => new(verdict, default, null, null);
}
