using Handler.Verdicts;

namespace Handler.Cluster;

/// <summary>How a job ended: its value if there is no verdict. The value's type is known to its caller only.</summary>
internal sealed record JobEnding(Verdict? Verdict, ReadOnlyMemory<byte> Value, JobUsage? Usage, JobOutput? Output)
{
    /// <summary>So many bytes a node keeps for it.</summary>
    public long KeptBytes => JobRequest.Overhead + Value.Length
        + (Output is { } output ? sizeof(char) * (output.StandardOutput.Length + output.StandardError.Length) : 0)
        + (Verdict is Verdict.Failed failed ? sizeof(char) * (failed.ExceptionMessage.Length + failed.ExceptionText.Length) : 0);

    public static JobEnding Of(Verdict verdict) => new(verdict, default, null, null);
}
