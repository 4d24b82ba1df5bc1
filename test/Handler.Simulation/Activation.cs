using Handler.Pools;

namespace Handler.Simulation;

/// <summary>One activation of a pool: in a process of its own, or a guest in a node's, where what else is there calls it directly.</summary>
internal sealed class Activation(World world, string name, SimProcess process, bool isGuest, PoolActivation pool, QueueWatch queue)
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    /// <summary>One that leaves is gone by then: what it had asked its parents for takes a call's time at most to go back.</summary>
    private static readonly TimeSpan LeaveLimit = Cluster.Timings.CallTimeout + TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource _gone = new();
    private int _calls;
    private bool _isDeactivating;
    private bool _isClosed;

    public string Name => name;

    public SimProcess Process => process;

    public PoolActivation Pool => pool;

    public PoolActor Actor => pool.Actor;

    public bool IsAlive => process.IsAlive && !_isClosed;

    /// <summary>The one that is called directly by what is in the same process.</summary>
    public bool IsNear => isGuest && IsAlive && !pool.IsSuperseded;

    public Recipient<T> Receive<T>(Func<PoolActivation, ValueTask<T>> handle) => new(name, process, () => HandleAsync(handle));

    public void Look()
    {
        if (IsAlive)
            queue.Look(pool.Actor);
    }

    /// <summary>A process of its own is killed. A guest goes as a cluster ends what it has no use for.</summary>
    public void Die()
    {
        if (isGuest)
            world.Schedule(process, TimeSpan.Zero, Close);
        else
            process.Kill();
    }

    /// <summary>
    /// Its silo leaves: it moves. A cluster delivers nothing more to an activation that it has told to go, and lets it go when what it has delivered is done. So who waits in one that
    /// goes holds up all that others have to give back.
    /// </summary>
    public void Leave() => world.Schedule(process, TimeSpan.Zero, () => _ = LeaveAsync());

    private async Task LeaveAsync()
    {
        if (_isClosed || _isDeactivating)
            return;
        world.Trace($"{name} leaves");
        var start = world.Elapsed;
        world.Schedule(process, LeaveLimit, () =>
        {
            if (!_isClosed && process.PausedUntil <= start.Ticks)
                world.Violate($"{name} is still there {LeaveLimit.TotalMilliseconds:0} ms after it was to leave, with {_calls} calls");
        });
        pool.Leave();
        while (pool.Unsettled > 0 && world.Elapsed - start < Cluster.Timings.CallTimeout)
            await Task.Delay(LookAgainAfter, process.Time);
        _isDeactivating = true;
        while (_calls > 0)
            await Task.Delay(LookAgainAfter, process.Time);
        Close();
    }

    private async ValueTask<T> HandleAsync<T>(Func<PoolActivation, ValueTask<T>> handle)
    {
        if (_isDeactivating)
        {
            await _gone.Task;
            throw new IOException("It has moved.");
        }

        _calls++;
        try
        {
            return await handle(pool);
        }
        finally
        {
            _calls--;
        }
    }

    /// <summary>It begins, reconciles from time to time, and goes when nothing is left for it to do.</summary>
    public async Task LiveAsync(bool reconciles)
    {
        pool.Begin();
        await ((Task)pool.Actor.UntilRecoveredAsync().AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await Task.Delay(LookAfter, process.Time);
        while (!pool.IsOver && !_isClosed)
        {
            await Task.Delay(Cluster.Timings.ReconcileInterval, process.Time);
            if (reconciles)
                await pool.ReconcileAsync();
        }

        Close();
    }

    /// <summary>The catalog has a new configuration, or has removed the pool. Answers who goes by it now.</summary>
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
        if (_isClosed)
            return;
        world.Trace($"{name} is closed");
        _isClosed = true;
        pool.Close();
        _gone.TrySetResult();
        if (!isGuest)
            process.Kill();
    }
}
