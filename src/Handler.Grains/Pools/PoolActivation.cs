using Handler.Pools;
using Handler.Remote;

namespace Handler.Grains.Pools;

/// <summary>One activation of a pool on this silo. Everything here happens within the turns of <see cref="NearPools"/>.</summary>
internal sealed class PoolActivation(string name, PoolHost host)
{
    private const int ReconciliationsAfterDeath = 3;
    private static readonly TimeSpan ReconcileAfterDeath = TimeSpan.FromSeconds(1);

    private PoolActor actor = null!;

    public string Name => name;

    /// <summary>Whether another activation has taken over.</summary>
    public bool IsSuperseded => actor.IsSuperseded;

    /// <summary>Whether nothing is left for it to do: another activation has taken over, or there is no such pool.</summary>
    public bool IsOver => actor is { IsSuperseded: true, Unsettled: 0 } or { IsRemoved: true, Unsettled: 0 };

    /// <summary>Takes the pool over from an earlier activation. Calls wait meanwhile.</summary>
    public async void Begin()
    {
        var beginning = actor = new PoolActor(name, host.Ports);
        try
        {
            await beginning.RecoverAsync();
        }
        catch (Exception exception)
        {
            host.Ports.Warn($"Pool {name}: its recovery failed; the next activation tries again.", exception);
            beginning.Close();
        }
    }

    public void Close() => actor.Close();

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        return host.IsDead(request.Node) ? throw new InvalidOperationException($"The node {request.Node} was declared dead.") : actor.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        return Array.Exists(requests, request => host.IsDead(request.Node)) ? AcquireForTheLivingAsync(requests) : actor.AcquireManyAsync(requests);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
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
        { Name: { } jobs } => await actor.KillAsync(kill, jobs, reason),
        _ => await actor.FlushAsync(kill, reason),
    };

    public async Task<PoolSnapshot?> GetSnapshotAsync()
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        return asked.IsRemoved ? null : asked.GetSnapshot();
    }

    /// <inheritdoc cref="IPoolGrain.ChangeAsync"/>
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

    public Task ReconcileAsync() => actor.ReconcileAsync();

    /// <summary>A node is dead. With it may have gone a pool that had asked this one for shares, and what it asked for is known to nobody: so this one reconciles soon, and not only when it is time.</summary>
    public async void NodeDied(NodeId node)
    {
        actor.NodeDied(node);
        for (var i = 0; i < ReconciliationsAfterDeath; i++)
        {
            await Task.Delay(ReconcileAfterDeath);
            await actor.ReconcileAsync();
        }
    }

    private async ValueTask<AcquireReply[]> AcquireForTheLivingAsync(AcquireRequest[] requests)
    {
        var living = Array.FindAll(requests, request => !host.IsDead(request.Node));
        var replies = new Queue<AcquireReply>(await actor.AcquireManyAsync(living));
        return Array.ConvertAll(requests, request => Array.Exists(living, each => each.Job == request.Job && each.Route == request.Route)
            ? replies.Dequeue()
            : AcquireReply.No(Reject.Timeout(name, request.Budget)));
    }

    private static async ValueTask<ReleaseReply> WhenReleased(PoolActor asked, ValueTask<ReleaseReply> reply)
    {
        var released = await reply;
        return asked.IsRemoved ? ReleaseReply.NoSuchPool : released;
    }
}
