using Handler.Functions;
using Handler.Pools;

namespace Handler.Workers;

/// <summary>A job that was admitted by a pool. Its lease goes back in the whole chain before its caller is told how it ended.</summary>
internal sealed class PooledJob<T>(long attempt, EncodedFunction function, JobLimits limits, long submittedAt, FunctionEncoder functions, Dispatcher dispatcher, LocalPools pools, Lease lease)
    : Job<T>(attempt, function, limits, submittedAt, functions, dispatcher.IsQuiet), IJobOwner
{
    private volatile bool detached;

    public JobId Id => lease.Job;

    public void Detach()
    {
        detached = true;
        Cancellation.Unregister();
    }

    public bool Abandon()
    {
        if (detached)
            return false;
        dispatcher.Kill(this, new Verdict.Killed(KillCause.CallerCancelled, "The handle of the job was disposed"));
        return true;
    }

    public override void Release()
    {
        pools.End(lease, LeaseEndings.Of(Verdict));
        base.Release();
    }

    public override void ReleaseHere()
    {
        pools.End(lease, LeaseEndings.Of(Verdict));
        base.ReleaseHere();
    }
}
