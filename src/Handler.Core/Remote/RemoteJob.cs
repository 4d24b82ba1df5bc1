using Handler.Functions;
using Handler.Workers;

namespace Handler.Remote;

/// <summary>A job whose caller is elsewhere: its value stays the bytes that the worker wrote.</summary>
internal sealed class RemoteJob(long attempt, EncodedFunction function, JobLimits limits, long submittedAt, Action<JobEnding> ended)
    : Job(attempt, function, limits, submittedAt)
{
    private JobEnding? ending;

    /// <summary>The node's <see cref="NodeCapacity"/> has counted it.</summary>
    public override bool HasPlace => true;

    public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
        => ending = new JobEnding(null, result.ToArray(), usage, output);

    public override void SetVerdict(Verdict verdict, JobUsage? usage, JobOutput? output)
        => ending = new JobEnding(verdict, default, usage, output);

    public override void Release() => ended(ending!);

    public override void ReleaseHere() => ended(ending!);
}
