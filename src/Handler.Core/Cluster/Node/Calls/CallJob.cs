using Handler.Functions;
using Handler.Nodes;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A job whose caller is in another process: its value stays the bytes that the worker wrote.</summary>
/// <param name="attempt">The number of the attempt.</param>
/// <param name="function">What to run.</param>
/// <param name="limits">What it may use.</param>
/// <param name="submittedAt">When it was requested.</param>
/// <param name="chain">The pools that have admitted it, if any.</param>
/// <param name="outcomes">Has room for its value, or not; asked before the bytes are copied.</param>
/// <param name="ended">Called with how the job ended, for its caller and for its pools.</param>
internal sealed class CallJob(
    long attempt,
    EncodedFunction function,
    JobLimits limits,
    long submittedAt,
    PoolChain? chain,
    CallOutcomes outcomes,
    Action<EncodedOutcome, LeaseOutcome> ended)
    : Job(attempt, function, limits, submittedAt)
{
    private EncodedOutcome? outcome;

    /// <summary>The node's <see cref="NodeCapacity"/> has counted it.</summary>
    public override bool HasPlace => true;

    public override PoolChain? Chain => chain;

    public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
        => outcome = outcomes.WhyNotKept(result.Length) is { } why
            ? new EncodedOutcome(why, default, usage, output)
            : new EncodedOutcome(null, result.ToArray(), usage, output);

    public override void SetFailure(JobFailure failure, JobUsage? usage, JobOutput? output)
        => outcome = new EncodedOutcome(failure, default, usage, output);

    protected internal override void Complete()
        => ended(outcome!, LeaseOutcome.Of(outcome!.Failure) with { HasTurnLeft = HasTurnLeft });
}
