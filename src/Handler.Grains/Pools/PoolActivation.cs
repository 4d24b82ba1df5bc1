using Handler.Pools;
using Handler.Remote;

namespace Handler.Grains.Pools;

/// <summary>One activation of a pool on this silo. Everything here happens within the turns of <see cref="NearPools"/>.</summary>
internal sealed class PoolActivation(string name, PoolHost host)
{
    private PoolActor actor = null!;

    public string Name => name;

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
        host.ThrowIfDead(request.Node);
        return actor.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        foreach (var request in requests)
            host.ThrowIfDead(request.Node);
        return actor.AcquireManyAsync(requests);
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

    public void NodeDied(NodeId node) => actor.NodeDied(node);

    private static async ValueTask<ReleaseReply> WhenReleased(PoolActor asked, ValueTask<ReleaseReply> reply)
    {
        var released = await reply;
        return asked.IsRemoved ? ReleaseReply.NoSuchPool : released;
    }
}
