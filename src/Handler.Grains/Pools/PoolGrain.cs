using Handler.Pools;
using Handler.Remote;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Handler.Grains.Pools;

/// <summary>
/// Hosts one activation of a pool. Calls interleave at awaits, as the actor allows. It stays where it is first used, near its callers; it
/// is kept until the silo ends, because its totals are not stored.
/// </summary>
[Reentrant]
[KeepAlive]
[PreferLocalPlacement]
internal sealed class PoolGrain(PoolHost host) : Grain, IPoolGrain
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    private PoolActor actor = null!;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Begin();
        host.Add(Name, this.AsReference<IPoolGrain>());
        var every = host.Ports.Timings.ReconcileInterval;
        this.RegisterGrainTimer(() => actor.ReconcileAsync(), new GrainTimerCreationOptions(every, every) { Interleave = true });
        this.RegisterGrainTimer(LeaveIfReplaced, new GrainTimerCreationOptions(LookAfter, LookAfter) { Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        host.Remove(Name);
        actor.Close();
        return Task.CompletedTask;
    }

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request)
    {
        host.ThrowIfDead(request.Node);
        return actor.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        foreach (var request in requests)
            host.ThrowIfDead(request.Node);
        return actor.AcquireManyAsync(requests);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request)
    {
        var reply = actor.ReleaseAsync(request);
        return reply.IsCompletedSuccessfully && !actor.IsRemoved ? reply : WhenReleased(actor, reply);
    }

    public async ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        var asked = actor;
        var replies = await asked.ReleaseManyAsync(requests);
        return asked.IsRemoved ? Array.ConvertAll(replies, _ => ReleaseReply.NoSuchPool) : replies;
    }

    public async Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason) => target switch
    {
        { Job: { } job } => await actor.KillAsync(kill, job, reason),
        { Name: { } name } => await actor.KillAsync(kill, name, reason),
        _ => await actor.FlushAsync(kill, reason),
    };

    public async Task<PoolSnapshot?> GetSnapshotAsync()
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        return asked.IsRemoved ? null : asked.GetSnapshot();
    }

    public async Task ChangeAsync(PoolConfiguration? configuration)
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        if (configuration is null)
        {
            asked.Remove();
        }
        else if (asked.IsRemoved)
        {
            // Of two that come here at once, the first begins anew.
            if (asked == actor)
                Begin();
            await actor.UntilRecoveredAsync();
        }
        else
        {
            await asked.ChangeAsync(configuration);
        }
    }

    public Task NodeDiedAsync(NodeId node)
    {
        actor.NodeDied(node);
        return Task.CompletedTask;
    }

    private static async ValueTask<ReleaseReply> WhenReleased(PoolActor asked, ValueTask<ReleaseReply> reply)
    {
        var released = await reply;
        return asked.IsRemoved ? ReleaseReply.NoSuchPool : released;
    }

    /// <summary>Calls wait until it has recovered; the activation itself must not, for that may take as long as a dead node's verdict.</summary>
    private void Begin()
    {
        actor = new PoolActor(Name, host.Ports);
        _ = RecoverAsync(actor);
    }

    private async Task RecoverAsync(PoolActor beginning)
    {
        try
        {
            await beginning.RecoverAsync();
        }
        catch (Exception exception)
        {
            host.Ports.Warn($"Pool {Name}: its recovery failed; the next activation tries again.", exception);
            beginning.Close();
        }
    }

    private Task LeaveIfReplaced()
    {
        if (actor is { IsSuperseded: true, Unsettled: 0 } or { IsRemoved: true, Unsettled: 0 })
            DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
