using Handler.Pools;

namespace Handler.Simulation;

/// <summary>One activation of a pool: in a process of its own, or a guest in a node's, where what else is there calls it directly.</summary>
internal sealed class Activation(World world, string name, SimProcess process, bool isGuest, PoolActivation pool, QueueWatch queue)
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    private bool _isClosed;

    public string Name => name;

    public SimProcess Process => process;

    public PoolActivation Pool => pool;

    public PoolActor Actor => pool.Actor;

    public bool IsAlive => process.IsAlive && !_isClosed;

    /// <summary>The one that is called directly by what is in the same process.</summary>
    public bool IsNear => isGuest && IsAlive && !pool.IsSuperseded;

    public Recipient<T> Receive<T>(Func<PoolActivation, ValueTask<T>> handle) => new(name, process, () => handle(pool));

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
        if (!isGuest)
            process.Kill();
    }
}
