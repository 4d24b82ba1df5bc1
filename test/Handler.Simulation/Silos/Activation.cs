using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// One activation of a pool. It lives in its own process, or as a guest in a node's process, where other components call it directly.
/// </summary>
internal sealed class Activation(World world, string name, SimProcess process, bool isGuest, PoolActivation pool, QueueWatch queue)
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// An activation that leaves is gone after this time: releasing what it had asked its parents for takes at most the time of one call.
    /// </summary>
    private static readonly TimeSpan LeaveLimit = Cluster.Timings.CallTimeout + TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource gone = new();
    private int calls;
    private bool isDeactivating;
    private bool isClosed;

    public string Name => name;

    public SimProcess Process => process;

    public PoolActivation Pool => pool;

    public PoolActor Actor => pool.Actor;

    public bool IsAlive => process.IsAlive && !isClosed;

    /// <summary>Whether components in the same process call this activation directly.</summary>
    public bool IsColocated => isGuest && IsAlive && !pool.IsSuperseded;

    public Recipient<T> Receive<T>(Func<PoolActivation, ValueTask<T>> handle) => new(name, process, () => HandleAsync(handle));

    public void Look()
    {
        if (IsAlive)
            queue.Look(pool.Actor);
    }

    /// <summary>
    /// Kills the activation's own process. A guest is closed instead, as a cluster deactivates a grain that it does not need.
    /// </summary>
    public void Die()
    {
        if (isGuest)
            world.Schedule(process, TimeSpan.Zero, Close);
        else
            process.Kill();
    }

    /// <summary>
    /// Its silo leaves, so the pool moves. A cluster delivers nothing more to an activation that it has told to go, and lets it go when
    /// everything delivered is done. A caller that waits in such an activation therefore holds up the releases of all others.
    /// </summary>
    public void Leave() => world.Schedule(process, TimeSpan.Zero, () => _ = LeaveAsync());

    private async Task LeaveAsync()
    {
        if (isClosed || isDeactivating)
            return;
        world.Trace($"{name} leaves");
        var start = world.Elapsed;
        world.Schedule(process, LeaveLimit, () =>
        {
            if (!isClosed && process.PausedUntil <= start.Ticks)
                world.Violate($"{name} is still there {LeaveLimit.TotalMilliseconds:0} ms after it was to leave, with {calls} calls");
        });
        pool.Leave();
        while (pool.Unsettled > 0 && world.Elapsed - start < Cluster.Timings.CallTimeout)
            await Task.Delay(LookAgainAfter, process.Time);
        isDeactivating = true;
        while (calls > 0)
            await Task.Delay(LookAgainAfter, process.Time);
        Close();
    }

    private async ValueTask<T> HandleAsync<T>(Func<PoolActivation, ValueTask<T>> handle)
    {
        if (isDeactivating)
        {
            await gone.Task;
            throw new IOException("It has moved.");
        }

        calls++;
        try
        {
            return await handle(pool);
        }
        finally
        {
            calls--;
        }
    }

    /// <summary>Starts the activation, reconciles from time to time, and closes it when nothing is left for it to do.</summary>
    public async Task LiveAsync(bool reconciles)
    {
        pool.Begin();
        await ((Task)pool.Actor.UntilRecoveredAsync().AsTask()).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await Task.Delay(LookAfter, process.Time);
        while (!pool.IsOver && !isClosed)
        {
            await Task.Delay(Cluster.Timings.ReconcileInterval, process.Time);
            if (reconciles)
                await pool.ReconcileAsync();
        }

        Close();
    }

    /// <summary>The catalog has a new configuration, or has removed the pool. Returns the actor that follows this change now.</summary>
    public async ValueTask<PoolActor> FollowAsync(PoolConfiguration configuration, bool removed)
    {
        await (removed ? pool.RemoveAsync(configuration.Version) : pool.ChangeAsync(configuration));
        var changed = pool.Actor;
        if (removed)
            world.Schedule(process, LookAfter, CloseIfOver);
        return changed;
    }

    private void CloseIfOver()
    {
        if (pool.IsOver)
            Close();
    }

    private void Close()
    {
        if (isClosed)
            return;
        world.Trace($"{name} is closed");
        isClosed = true;
        pool.Close();
        gone.TrySetResult();
        if (!isGuest)
            process.Kill();
    }
}
