using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>The leases of a node's jobs: calls the node's <see cref="NodeActor"/>, one turn at a time.</summary>
internal sealed class NodeLeases : INodeJobs
{
    private readonly TurnContext turns;
    private readonly BackgroundWork background;
    private readonly NodeActor actor;

    /// <param name="ports">What the node needs from the cluster.</param>
    /// <param name="background">Runs the kills.</param>
    /// <param name="logger">Receives warnings about pools. Called outside of all turns.</param>
    public NodeLeases(ClusterNodePorts ports, BackgroundWork background, ILogger logger)
    {
        turns = ports.Turns;
        this.background = background;
        actor = new NodeActor(ports.Id, ports.Scope, new NodePorts
        {
            Pools = ports.Pools,
            Store = ports.Store,
            Jobs = this,
            Time = ports.Time,
            Log = new TurnLogger(logger, turns),
        });
    }

    /// <inheritdoc cref="NodeActor.Unacknowledged"/>
    public int Unacknowledged
    {
        get
        {
            using (turns.Enter())
                return actor.Unacknowledged;
        }
    }

    /// <inheritdoc cref="NodeActor.AdmitAsync"/>
    public ValueTask<Admission> AdmitAsync(in AdmissionRequest request, CancellationToken cancellationToken)
    {
        using (turns.Enter())
            return actor.AdmitAsync(request, cancellationToken);
    }

    /// <inheritdoc cref="NodeActor.EndAsync"/>
    public ValueTask<bool> EndAsync(Lease lease, LeaseOutcome outcome)
    {
        using (turns.Enter())
            return actor.EndAsync(lease, outcome);
    }

    /// <inheritdoc cref="NodeActor.Inventory"/>
    public InventoryReply Inventory(InventoryRequest request)
    {
        using (turns.Enter())
            return actor.Inventory(request);
    }

    /// <inheritdoc cref="NodeActor.Reconcile"/>
    public ReconcileReply Reconcile(ReconcileRequest request)
    {
        using (turns.Enter())
            return actor.Reconcile(request);
    }

    /// <inheritdoc cref="NodeActor.Kill"/>
    public int Kill(KillRequest request)
    {
        using (turns.Enter())
            return actor.Kill(request);
    }

    /// <summary>One entry for each pool of each lease.</summary>
    public IReadOnlyList<LeaseRecord> Records()
    {
        using (turns.Enter())
            return [.. actor.Registry.Leases.SelectMany(PoolsOf)];

        static IEnumerable<LeaseRecord> PoolsOf(Lease lease)
        {
            for (var link = lease.Chain; link is not null; link = link.Above)
                yield return new LeaseRecord(link.Pool, lease.Job, lease.Bytes);
        }
    }

    /// <inheritdoc cref="NodeActor.Close"/>
    public void Close()
    {
        using (turns.Enter())
            actor.Close();
    }

    void INodeJobs.Kill(JobId job, string reason)
    {
        // This runs within a turn. The kill itself may release the lease synchronously, so it comes after the turn.
        if (actor.Registry.Find(job)?.Kill(reason) is Call call)
            background.RunElsewhere($"the kill of job {job}", () => call.Stop(Killed(reason)));
    }

    private static StopRequest Killed(string reason) => new(new JobKilled(KillCause.UserKilled, reason), Immediately: true);
}
