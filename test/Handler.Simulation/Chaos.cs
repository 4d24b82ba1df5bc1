using Handler.Pools;

namespace Handler.Simulation;

/// <summary>What goes wrong in one seed, and when it stops.</summary>
internal sealed class Chaos(Cluster cluster)
{
    private World World => cluster.World;

    /// <summary>Only messages are lost or late: nothing dies, so nothing has to be reconciled.</summary>
    public void LoseMessages() => cluster.Network.Faults = new NetworkFaults
    {
        Drop = World.Between(0, 150).TotalMilliseconds / 1_000,
        Slow = World.Between(0, 200).TotalMilliseconds / 1_000,
    };

    /// <summary>Every kind of fault occurs.</summary>
    public void Unleash(TimeSpan within, IReadOnlyList<TimeSpan> busyTimes)
    {
        cluster.Network.Faults = new NetworkFaults
        {
            Drop = World.Chance(0.7) ? World.Random.NextDouble() * 0.15 : 0,
            Duplicate = World.Chance(0.7) ? World.Random.NextDouble() * 0.2 : 0,
            Slow = World.Chance(0.7) ? World.Random.NextDouble() * 0.2 : 0,
            StoreFailure = World.Chance(0.5) ? World.Random.NextDouble() * 0.6 : 0,
        };
        cluster.HasDuplicates = cluster.Network.Faults.Duplicate > 0;

        // A few kinds of mishap per seed, so that each kind also hits an otherwise healthy cluster. They mostly come when there is much to
        // do.
        Action[] all = [CrashNode, DeclareAlive, Pause, Cut, KillActivation, DoubleActivation, ChangeLimits];
        Action[] some = World.Random.Next(4) switch
        {
            0 => all,
            1 => [DoubleActivation],
            _ => [World.Pick(all), World.Pick(all), DoubleActivation],
        };
        for (var i = World.Random.Next(0, 25); i > 0; i--)
        {
            var at = World.Chance(0.7) ? World.Pick(busyTimes) + World.Between(0, 600) : World.Between(200, within.TotalMilliseconds);
            World.Schedule(cluster.Network.Carrier, at, World.Pick(some));
        }
    }

    /// <summary>Silos shut down when there is much to do: their pools move.</summary>
    /// <param name="random">A separate generator, so that seeds without this remain as they are.</param>
    /// <param name="busyTimes">When there is much to do.</param>
    public void LeaveHosts(Random random, IReadOnlyList<TimeSpan> busyTimes)
    {
        for (var i = random.Next(1, 8); i > 0; i--)
            World.Schedule(
                cluster.Network.Carrier,
                busyTimes[random.Next(busyTimes.Count)] + TimeSpan.FromMilliseconds(random.Next(600)),
                () => LeaveHost(random));
    }

    public void Stop()
    {
        World.Trace($"the faults stop");
        cluster.IsCalm = true;
        cluster.Network.Faults = new NetworkFaults();
        foreach (var machine in cluster.Machines)
            machine.Side = 0;
    }

    private void CrashNode()
    {
        if (cluster.Nodes.Where(node => node.Process.IsAlive).ToList() is { Count: > 0 } alive)
            cluster.Crash(World.Pick(alive));
    }

    private void DeclareAlive()
    {
        if (cluster.Nodes.Where(node => node.Counts).ToList() is { Count: > 1 } alive)
            cluster.Declare(World.Pick(alive));
    }

    private void Pause()
    {
        List<SimProcess> processes =
        [
            .. cluster.Nodes.Select(node => node.Process),
            .. cluster.Pools.AllAlive.Select(activation => activation.Process),
        ];
        var process = World.Pick(processes);
        process.PausedUntil = World.Now + World.Between(50, 2_500).Ticks;
        World.Trace($"{process.Name} pauses until {process.PausedUntil / 10_000.0}");
    }

    private void Cut()
    {
        foreach (var machine in cluster.Machines)
            machine.Side = World.Random.Next(2);
        World.Trace(
            $"the network is cut: {string.Join(", ", cluster.Machines.Select(machine => $"{machine.Name} on side {machine.Side}"))}");
        World.Schedule(cluster.Network.Carrier, World.Between(200, 4_000), () =>
        {
            World.Trace($"the network is whole again");
            foreach (var machine in cluster.Machines)
                machine.Side = 0;
        });
    }

    private void KillActivation()
    {
        if (cluster.Pools.AllAlive.ToList() is not { Count: > 0 } alive)
            return;
        var activation = World.Pick(alive);
        World.Trace($"{activation.Name} dies");
        activation.Die();
    }

    /// <summary>All pools of one process move, as when a silo shuts down. Its node continues, and its jobs may finish.</summary>
    private void LeaveHost(Random random)
    {
        if (cluster.Pools.Hosts is not { Count: > 0 } hosts)
            return;
        var host = hosts[random.Next(hosts.Count)];
        foreach (var activation in cluster.Pools.AllAlive.Where(activation => activation.Process == host).ToList())
            activation.Leave();
    }

    private void DoubleActivation() => cluster.Pools.Activate(World.Pick([.. cluster.Pools.Names]));

    private void ChangeLimits()
    {
        if (cluster.Pools.AllAlive.Where(activation => activation.Actor.IsReady).ToList() is not { Count: > 0 } ready)
            return;
        var activation = World.Pick(ready);
        var pool = activation.Actor.Name;
        var limits = new PoolLimits(World.Random.Next(0, 6), World.Random.Next(2, 15));
        cluster.Monitor.LimitsSet(pool, limits);
        World.Trace($"{activation.Name} changes to {limits}");
        World.Schedule(activation.Process, TimeSpan.Zero, ()
            => _ = ChangeAsync(activation.Actor, cluster.Store[pool].Configuration with { Limits = limits }));
    }

    private async Task ChangeAsync(PoolActor actor, PoolConfiguration configuration)
    {
        try
        {
            cluster.Monitor.ChangeBegins(actor.Name);
            await actor.ChangeAsync(configuration);
            cluster.Monitor.LimitsChanged(actor, configuration.Limits);
        }
        catch (Exception exception)
        {
            World.Trace($"the change of {actor.Name} failed: {exception.Message}");
        }
    }
}
