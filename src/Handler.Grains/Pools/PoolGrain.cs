using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;
using Orleans.Concurrency;
using Orleans.Runtime.Diagnostics;

namespace Handler.Grains.Pools;

/// <summary>
/// Gives the pool its one place in the cluster, and passes messages of other silos to it; callers on the same silo use <see
/// cref="ColocatedPools"/> directly. The activation stays on the silo that first uses it, close to its callers, until the silo shuts down,
/// because its totals are not stored. When the pool leaves, all calls return immediately: Orleans delivers no more messages to an
/// activation that is told to deactivate, and waits for those it has delivered.
/// </summary>
[Reentrant]
[KeepAlive]
[PoolPlacement]
internal sealed class PoolGrain(PoolHost host, GrainPoolStore store, ColocatedPools colocated) : Grain, IPoolGrain, IDisposable
{
    private PoolActivation pool = null!;

    // Subscribed for the lifetime of the process, because these events of Orleans are process-wide.
    static PoolGrain() => GrainLifecycleEvents.AllEvents.Subscribe(new WhenDeactivating());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // Orleans holds the activation's lock until here; no code should wait for a turn while it holds that lock
        cancellationToken.ThrowIfCancellationRequested(); // Orleans has given up this activation
        pool = new PoolActivation(this.GetPrimaryKeyString(), host.Ports, host.IsDead);
        using (colocated.Turns.Enter())
            pool.Begin(); // continues in the background: it may take until a dead node is declared dead, and the activation must not
        colocated.Add(pool, ()
            => GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The pool moves to another silo.")));
        var every = host.Ports.Timings.ReconcileInterval;
        this.RegisterGrainTimer(ReconcileAsync, new GrainTimerCreationOptions(every, every) { Interleave = true });
        var interval = Tuning.Silos.LeaveInterval;
        this.RegisterGrainTimer(LeaveIfOver, new GrainTimerCreationOptions(interval, interval) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await colocated.SettleAsync(pool);
        Dispose();
    }

    /// <summary>The only method that Orleans calls if the deactivation begins before the activation has completed.</summary>
    public void Dispose()
    {
        if (pool is null)
            return;
        colocated.Remove(pool);
        using (colocated.Turns.Enter())
            pool.Close();
    }

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request)
    {
        using (colocated.Turns.Enter())
            return pool.AcquireAsync(request);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        using (colocated.Turns.Enter())
            return pool.AcquireManyAsync(requests);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request)
    {
        using (colocated.Turns.Enter())
            return pool.ReleaseAsync(request);
    }

    public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        using (colocated.Turns.Enter())
            return pool.ReleaseManyAsync(requests);
    }

    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
    {
        using (colocated.Turns.Enter())
            return pool.CheckFeasibilityAsync(from, bytes, depth);
    }

    public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
    {
        using (colocated.Turns.Enter())
            return pool.KillAsync(kill, target, reason);
    }

    public Task<PoolSnapshot?> GetSnapshotAsync()
    {
        using (colocated.Turns.Enter())
            return pool.GetSnapshotAsync();
    }

    public async Task FollowAsync()
    {
        if (await store.InCatalogAsync(this.GetPrimaryKeyString()) is var (configuration, removed))
            await Follow(configuration, removed);
    }

    private Task Follow(PoolConfiguration configuration, bool removed)
    {
        using (colocated.Turns.Enter())
            return removed ? pool.RemoveAsync(configuration.Version) : pool.ChangeAsync(configuration);
    }

    private Task ReconcileAsync()
    {
        using (colocated.Turns.Enter())
            return pool.ReconcileAsync();
    }

    private Task LeaveIfOver()
    {
        bool isOver;
        using (colocated.Turns.Enter())
            isOver = pool.IsOver;
        if (isOver)
            DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <summary>Leaves on another thread.</summary>
    private void LeaveSoon() => host.Background.RunElsewhere($"the leave of pool {this.GetPrimaryKeyString()}", Leave);

    private void Leave()
    {
        using (colocated.Turns.Enter())
            pool?.Leave();
    }

    /// <summary>
    /// Orleans also deactivates pools for its own reasons, for example when the silo leaves that held their entries in the grain directory.
    /// It tells the grain only after all calls have returned, and calls of jobs that wait for room may take hours. So the pool leaves as
    /// soon as the deactivation begins, and all waiting callers ask the next activation.
    /// </summary>
    private sealed class WhenDeactivating : IObserver<GrainLifecycleEvents.LifecycleEvent>
    {
        public void OnNext(GrainLifecycleEvents.LifecycleEvent value)
        {
            // On another thread: Orleans holds the activation's lock here, and code within a turn may wait for that lock.
            if (value is GrainLifecycleEvents.Deactivating { GrainContext.GrainInstance: PoolGrain grain })
                grain.LeaveSoon();
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}
