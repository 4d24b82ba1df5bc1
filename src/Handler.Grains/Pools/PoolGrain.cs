using Handler.Pools;
using Orleans.Concurrency;
using Orleans.Runtime.Diagnostics;

namespace Handler.Grains.Pools;

/// <summary>
/// Gives the pool its one place in the cluster and brings it the messages of others; what is on the same silo calls <see cref="ColocatedPools"/> directly. It stays where it
/// is first used, near its callers; it is kept until the silo ends, because its totals are not stored. What its methods do ends at once when the pool leaves: Orleans delivers no more messages to an
/// activation that is told to go, and waits for those it has delivered.
/// </summary>
[Reentrant]
[KeepAlive]
[PoolPlacement]
internal sealed class PoolGrain(PoolHost host, GrainPoolStore store, ColocatedPools near) : Grain, IPoolGrain, IDisposable
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    private PoolActivation pool = null!;

    // For the life of the process, as the events of Orleans are those of the process.
    static PoolGrain() => GrainLifecycleEvents.AllEvents.Subscribe(new WhenDeactivating());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // Orleans holds the activation's lock until here, and nobody should wait for a turn with it
        cancellationToken.ThrowIfCancellationRequested(); // then Orleans has gone on without this
        pool = new PoolActivation(this.GetPrimaryKeyString(), host.Ports, host.IsDead);
        using (near.Turns.Enter())
            pool.Begin(); // which may take as long as a dead node's verdict, and the activation must not
        near.Add(pool, () => GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The pool moves to another silo.")));
        var every = host.Ports.Timings.ReconcileInterval;
        this.RegisterGrainTimer(ReconcileAsync, new GrainTimerCreationOptions(every, every) { Interleave = true });
        this.RegisterGrainTimer(LeaveIfOver, new GrainTimerCreationOptions(LookAfter, LookAfter) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await near.SettleAsync(pool);
        Dispose();
    }

    /// <summary>All that Orleans calls where the deactivation began before the activation had ended.</summary>
    public void Dispose()
    {
        if (pool is null)
            return;
        near.Remove(pool);
        using (near.Turns.Enter())
            pool.Close();
    }

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request)
    {
        using (near.Turns.Enter())
            return pool.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        using (near.Turns.Enter())
            return pool.AcquireManyAsync(requests);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request)
    {
        using (near.Turns.Enter())
            return pool.ReleaseAsync(request);
    }

    public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        using (near.Turns.Enter())
            return pool.ReleaseManyAsync(requests);
    }

    public ValueTask<Reject?> WhyNeverAsync(long bytes, int depth)
    {
        using (near.Turns.Enter())
            return pool.WhyNeverAsync(bytes, depth);
    }

    public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
    {
        using (near.Turns.Enter())
            return pool.KillAsync(kill, target, reason);
    }

    public Task<PoolSnapshot?> GetSnapshotAsync()
    {
        using (near.Turns.Enter())
            return pool.GetSnapshotAsync();
    }

    public async Task FollowAsync()
    {
        if (await store.CatalogEntryAsync(this.GetPrimaryKeyString()) is { } entry)
            await Follow(entry);
    }

    private Task Follow(CatalogEntry entry)
    {
        using (near.Turns.Enter())
            return entry.Removed ? pool.RemoveAsync(entry.Version) : pool.ChangeAsync(entry.Configuration.ToConfiguration() with { Version = entry.Version });
    }

    private Task ReconcileAsync()
    {
        using (near.Turns.Enter())
            return pool.ReconcileAsync();
    }

    private Task LeaveIfOver()
    {
        bool isOver;
        using (near.Turns.Enter())
            isOver = pool.IsOver;
        if (isOver)
            DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private void Leave()
    {
        using (near.Turns.Enter())
            pool?.Leave();
    }

    /// <summary>
    /// Orleans deactivates pools for reasons of its own too, as when the silo leaves that held their entries in the grain directory. It tells the grain only when all calls have returned, and those of jobs that wait
    /// for room may take hours. So the pool leaves as soon as the deactivation begins, and all who wait ask the next activation.
    /// </summary>
    private sealed class WhenDeactivating : IObserver<GrainLifecycleEvents.LifecycleEvent>
    {
        public void OnNext(GrainLifecycleEvents.LifecycleEvent value)
        {
            // Not on this thread: Orleans holds the activation's lock here, and code within a turn may wait for that lock.
            if (value is GrainLifecycleEvents.Deactivating { GrainContext.GrainInstance: PoolGrain grain })
                ThreadPool.UnsafeQueueUserWorkItem(static grain => grain.Leave(), grain, preferLocal: false);
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}
