using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// An activation of a pool as a cluster uses it: it starts, is told of changes and deaths, and is removed and added again. Called one turn
/// at a time, like <see cref="PoolActor"/>.
/// </summary>
internal sealed class PoolActivation
{
    private readonly CancellationTokenSource leaving = new(); // not disposed: calls may come until the process ends
    private readonly string name;
    private readonly PoolPorts ports;
    private readonly Func<NodeId, bool> isDead;
    private readonly BackgroundWork background;
    private PoolActor actor;

    /// <param name="name">The pool's name.</param>
    /// <param name="ports">What the pool needs from its surroundings.</param>
    /// <param name="isDead">Whether a node was declared dead, as far as this silo knows. Requests from a dead node must be rejected: its
    /// shares are already freed, so a new one would leak until the next reconciliation.</param>
    public PoolActivation(string name, PoolPorts ports, Func<NodeId, bool> isDead)
    {
        (this.name, this.ports, this.isDead) = (name, ports, isDead);
        background = ports.BackgroundOf(name);
        actor = new PoolActor(name, ports, leaving.Token);
    }

    public string Name => name;

    /// <summary>The actor behind the activation. It is replaced when the pool was removed and is added again.</summary>
    public PoolActor Actor => actor;

    /// <summary>Whether another activation has taken over.</summary>
    public bool IsSuperseded => actor.IsSuperseded;

    /// <summary>Whether it has nothing left to do: another activation has taken over, or the pool does not exist.</summary>
    public bool IsOver => actor is { IsSuperseded: true, Unsettled: 0 } or { IsRemoved: true, Unsettled: 0 };

    /// <summary>Pending requests, and releases to parents that are not acknowledged yet.</summary>
    public int Unsettled => actor.Unsettled;

    /// <summary>Takes the pool over from an earlier activation. Calls wait meanwhile.</summary>
    public void Begin()
    {
        var beginning = actor;
        background.Run("the recovery", beginning.RecoverAsync, _ => beginning.Close()); // the next activation tries again
    }

    /// <summary>
    /// Another activation will take over; see <see cref="PoolActor.Leave"/>. From now on no call lasts: pending ones are refused too.
    /// </summary>
    public void Leave()
    {
        actor.Leave();
        leaving.Cancel();
    }

    /// <summary>Whether the next activation could start now, that is, whether the pool's record can be read.</summary>
    public async Task<bool> CanBeTakenOverAsync()
    {
        try
        {
            await ports.Store.ReadAsync(name).AsTask().WaitAsync(ports.Timings.CallTimeout, ports.Time);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return false;
        }
    }

    public void Close() => actor.Close();

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        return isDead(request.Node)
            ? throw new InvalidOperationException($"Node {request.Node} was declared dead; the pool {name} refuses its requests.")
            : actor.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        return Array.Exists(requests, request => isDead(request.Node))
            ? AcquireForTheLivingAsync(requests)
            : actor.AcquireManyAsync(requests);
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

    public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
        => UnlessItLeaves(actor.KillAsync(kill, target, reason).AsTask());

    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
        => new(UnlessItLeaves(actor.CheckFeasibilityAsync(from, bytes, depth).AsTask()));

    public async Task<PoolSnapshot?> GetSnapshotAsync()
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        return asked.IsRemoved ? null : asked.GetSnapshot();
    }

    /// <summary>The pool was removed, as its record says, unless it was added again meanwhile.</summary>
    /// <param name="version">The version of the removal.</param>
    public Task RemoveAsync(long version) => UnlessItLeaves(RemovedAsync(version));

    /// <summary>The catalog has a new configuration for the pool; the pool may be new itself.</summary>
    public Task ChangeAsync(PoolConfiguration configuration) => UnlessItLeaves(ChangedAsync(configuration));

    /// <inheritdoc cref="PoolActor.ReconcileAsync()"/>
    public async Task ReconcileAsync()
    {
        try
        {
            await actor.ReconcileAsync().WaitAsync(leaving.Token);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The next activation has its own books.
        }
    }

    private async Task ReconcileAfterDeathAsync(NodeId node)
    {
        actor.NodeDied(node);
        for (var i = 0; i < Tuning.Pools.ReconciliationsAfterDeath; i++)
        {
            await Task.Delay(Tuning.Pools.ReconcileAfterDeath, ports.Time);
            await actor.ReconcileAsync();
        }
    }

    private async Task RemovedAsync(long version)
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        if (!asked.IsRemoved && asked.Configuration.Version < version)
            asked.Remove();
    }

    private async Task ChangedAsync(PoolConfiguration configuration)
    {
        var asked = actor;
        await asked.UntilRecoveredAsync();
        if (asked.IsRemoved)
        {
            // If two changes arrive here at the same time, the first one starts the new actor.
            if (asked == actor)
            {
                if (leaving.IsCancellationRequested)
                    throw new PoolSupersededException(name, asked.Epoch);
                actor = new PoolActor(name, ports, leaving.Token);
                Begin();
            }

            // Usually the new actor has read this configuration. It has not if the pool was believed to be removed although it exists and
            // is to be changed.
            var begun = actor;
            await begun.UntilRecoveredAsync();
            if (!begun.IsRemoved && begun.Configuration.Version < configuration.Version)
                await begun.ChangeAsync(configuration);
        }
        else
        {
            await asked.ChangeAsync(configuration);
        }
    }

    /// <summary>
    /// A node is dead. A pool that had asked this one for shares may have died with it, and then no node knows those requests. So this pool
    /// reconciles soon instead of at the next interval.
    /// </summary>
    public void NodeDied(NodeId node)
        => background.Run("the reconciliation after the death of a node", () => ReconcileAfterDeathAsync(node));

    /// <summary>
    /// Ends a call when the activation leaves: messages to a grain that was told to deactivate wait until its pending calls have ended.
    /// </summary>
    private async Task UnlessItLeaves(Task call)
    {
        try
        {
            await call.WaitAsync(leaving.Token);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            throw new PoolSupersededException(name, actor.Epoch);
        }
    }

    private async Task<T> UnlessItLeaves<T>(Task<T> call)
    {
        await UnlessItLeaves((Task)call);
        return await call;
    }

    private async ValueTask<AcquireReply[]> AcquireForTheLivingAsync(AcquireRequest[] requests)
    {
        var living = Array.FindAll(requests, request => !isDead(request.Node));
        var replies = new Queue<AcquireReply>(await actor.AcquireManyAsync(living));
        return Array.ConvertAll(requests, request => Array.Exists(living, each => each.Job == request.Job && each.Route == request.Route)
            ? replies.Dequeue()
            : AcquireReply.No(Rejects.Timeout(name, request.Budget)));
    }

    private static async ValueTask<ReleaseReply> WhenReleased(PoolActor asked, ValueTask<ReleaseReply> reply)
    {
        var released = await reply;
        return asked.IsRemoved ? ReleaseReply.NoSuchPool : released;
    }
}
