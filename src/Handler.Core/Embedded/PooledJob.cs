using Handler.Functions;
using Handler.Nodes;
using Handler.Pools;

namespace Handler.Embedded;

/// <summary>
/// A job that a pool has admitted or has yet to admit. Its lease is released in the whole chain before its caller gets the outcome.
/// </summary>
internal sealed class PooledJob<T>(
    long attempt,
    EncodedFunction function,
    JobLimits limits,
    long submittedAt,
    FunctionEncoder functions,
    Dispatcher dispatcher,
    InProcessPools pools,
    Lease? lease)
    : Job<T>(attempt, function, limits, submittedAt, functions, lease is null ? null : dispatcher.OutcomesIfInline), IJobOwner, ILeaseRunner
{
    private Lease? lease = lease;
    private volatile bool detached;

    /// <summary>The job's id. Valid only after admission.</summary>
    public JobId Id => lease!.Job;

    public override PoolChain? Chain => lease?.Chain;

    public bool IsAdmitted => lease is not null;

    /// <summary>Called when the pool admits the job after it had to wait.</summary>
    public void Admitted(Lease given) => lease = given;

    public void Detach()
    {
        detached = true;
        Cancellation.Unregister();
    }

    public bool Abandon()
    {
        if (detached)
            return false;
        dispatcher.Kill(this, new JobKilled(KillCause.CallerCancelled, "The handle of the job was disposed"));
        return true;
    }

    protected override void FreePlace()
    {
        if (lease is not null)
            pools.End(lease, LeaseOutcome.Of(Failure) with { HasTurnLeft = HasTurnLeft });
    }
}
