using Handler.Pools;

namespace Handler.Simulation;

/// <summary>The pools, the calls and the kills of one seed.</summary>
internal sealed class Scenario(Cluster cluster)
{
    private static readonly string[] JobNames = ["report", "import", "thumbnail"];

    private readonly Dictionary<string, PoolConfiguration> planned = [];
    private double crowding;
    private bool hasRivals;

    private World World => cluster.World;

    public void Build(TimeSpan within)
    {
        // About a quarter of the clusters have nodes that run one job at a time.
        cluster.NodeCapacity = new PoolLimits(Math.Max(1, World.Random.Next(-5, 22)), Math.Max(4, World.Random.Next(0, 100)));
        for (var i = 1; i <= World.Random.Next(2, 5); i++)
        {
            var machine = new SimMachine($"m{i}");
            cluster.Machines.Add(machine);
            cluster.StartNode(machine);
        }

        cluster.HasColocatedPools = World.Chance(0.4);
        hasRivals = World.Chance(0.35);
        if (hasRivals)
            BuildRivals();
        else
            BuildPools();
        crowding = World.Chance(0.3) ? 0.8 : 0;
        BusyTimes = [.. Enumerable.Range(0, World.Random.Next(3, 9)).Select(_ => World.Between(0, within.TotalMilliseconds - 500))];
    }

    /// <summary>Times around which most calls are made.</summary>
    public IReadOnlyList<TimeSpan> BusyTimes { get; private set; } = [];

    public void ScheduleCalls(int count, TimeSpan within)
    {
        for (var i = 1; i <= count; i++)
        {
            var number = i;
            var at = World.Chance(0.7)
                ? World.Pick(BusyTimes) + World.Between(0, World.Chance(0.5) ? 300 : 3)
                : World.Between(0, within.TotalMilliseconds);
            World.Schedule(cluster.Network.Carrier, at, () => Call(number));
        }
    }

    public void ScheduleKills(int count, TimeSpan within)
    {
        var client = new SimProcess(World, "client", new SimMachine("client"));
        var at = TimeSpan.Zero;
        for (var i = 0; i < count; i++)
        {
            // Some kills come together, so that two of them hit the same job.
            var kill = new Guid(i, 0, 0, new byte[8]);
            at = i > 0 && World.Chance(0.4) ? at + World.Between(0, 10) : World.Between(100, within.TotalMilliseconds);
            World.Schedule(client, at, () => _ = KillAsync(client, kill));
        }
    }

    /// <summary>Schedules changes: pools are removed and added again, and delegate to other pools or to none.</summary>
    public void ScheduleChanges(int count, TimeSpan within)
    {
        for (var i = 0; i < count; i++)
        {
            var at = World.Chance(0.7) ? World.Pick(BusyTimes) + World.Between(0, 600) : World.Between(100, within.TotalMilliseconds);
            World.Schedule(cluster.Network.Carrier, at, Change);
        }
    }

    /// <summary>Schedules changes of guarantees, mostly in pools that hold shares for jobs which wait above.</summary>
    public void ScheduleGuarantees(Random random)
    {
        foreach (var at in BusyTimes.Concat(BusyTimes))
            World.Schedule(cluster.Network.Carrier, at + TimeSpan.FromMilliseconds(random.Next(0, 600)), () => ChangeGuarantee(random));
    }

    private void ChangeGuarantee(Random random)
    {
        List<string> children = [.. cluster.Pools.Names.Where(name => cluster.Catalog.Find(name)?.Parent is not null)];
        var below = children.FindAll(name =>
            cluster.Pools.Current(cluster.Catalog.Find(name)!.Parent!) is { Actor.State.Ledger.HeldWorkers: > 0 });
        var from = below.Count > 0 ? below : children;
        if (from.Count == 0)
            return;
        var pool = from[random.Next(from.Count)];
        var present = cluster.Catalog.Find(pool)!;
        var reserved = new Amount(
            random.Next(0, Math.Min(3, present.Limits.MaxWorkers) + 1),
            random.Next(0, (int)Math.Min(6, present.Limits.MaxMemoryBytes) + 1));
        cluster.Catalog.Set(pool, present with { Reserved = reserved });
    }

    /// <summary>Runs one small job in each pool, one after another: all capacity must be available again.</summary>
    public void Probe()
    {
        var node = cluster.Nodes[0];
        World.Schedule(node.Process, TimeSpan.Zero, () => _ = ProbeAsync(node));
    }

    private async Task ProbeAsync(SimNode node)
    {
        foreach (var pool in cluster.Pools.Names.ToList())
        {
            var admission = await node.Actor.AdmitAsync(
                new AdmissionRequest
                {
                    Pool = pool,
                    Bytes = 0,
                    PoolTimeout = TimeSpan.FromSeconds(3),
                });
            cluster.Monitor.ProbeReturned(pool, admission);
            if (admission.Lease is { } lease && await node.Actor.EndAsync(lease, LeaseOutcome.Completed))
                cluster.Monitor.Released(node, lease);
            Probed++;
        }
    }

    public int Probed { get; private set; }

    private void BuildPools()
    {
        // Level by level, each pool with a parent one level up, at most four levels.
        List<string> above = [];
        var depth = World.Random.Next(1, 5);
        for (var level = 0; level < depth; level++)
        {
            List<string> here = [];
            for (var i = 0; i < World.Random.Next(1, 4); i++)
            {
                var name = $"{(char)('a' + level)}{i}";
                here.Add(name);
                Plan(name, Configure(name, above));
            }

            above = here;
        }

        CreatePlanned();
    }

    /// <summary>Takes a pool without its guarantee if that does not fit in its parent.</summary>
    private void Plan(string name, PoolConfiguration configuration)
    {
        planned[name] = configuration;
        if (PoolGuarantees.ErrorsIn(PlannedOptions()).Any())
            planned[name] = configuration with { Reserved = default };
    }

    private void CreatePlanned()
    {
        var guarantees = PoolGuarantees.Of(PlannedOptions());
        foreach (var (name, configuration) in planned)
            cluster.Pools.Create(name, configuration with { Guarantees = guarantees.GetValueOrDefault(name, GuaranteeList.None) });
    }

    private Dictionary<string, PoolOptions> PlannedOptions() => planned.ToDictionary(pool => pool.Key, pool => pool.Value.ToOptions());

    /// <summary>
    /// A small pool with three children that have no limits of their own, so that all of their jobs wait in the parent. Sometimes they are
    /// guaranteed something: the first of them half of the memory.
    /// </summary>
    private void BuildRivals()
    {
        var areGuaranteed = World.Chance(0.4);
        Create("a0", new PoolLimits(World.Random.Next(areGuaranteed ? 3 : 1, areGuaranteed ? 6 : 5), 12), null);
        foreach (var name in new[] { "b0", "b1", "b2" })
            Create(name, new PoolLimits(100, 1_000), "a0");
        CreatePlanned();

        void Create(string name, PoolLimits limits, string? parent)
        {
            cluster.Monitor.LimitsSet(name, limits);
            var configuration = new PoolConfiguration
            {
                Limits = limits,
                MaxWaiting = 30,
                Parent = parent,
                Weight = World.Random.Next(1, 4),
                Reserved = parent is null || !areGuaranteed ? default : name == "b0" ? new Amount(2, 6) : RandomReserved(limits),
            };
            Plan(name, configuration);
        }
    }

    private Amount RandomReserved(PoolLimits limits)
        => new(Math.Min(World.Random.Next(0, 3), limits.MaxWorkers), Math.Min(World.Random.Next(0, 7), limits.MaxMemoryBytes));

    /// <summary>The last of three rivals is idle at first.</summary>
    private string PickRival() => World.Pick(World.Elapsed < TimeSpan.FromSeconds(5) ? new[] { "b0", "b1" } : ["b0", "b1", "b2"]);

    private string PickPool()
    {
        if (hasRivals && World.Chance(0.9))
            return PickRival();
        return World.Chance(crowding) ? cluster.Pools.Names.Last() : World.Pick([.. cluster.Pools.Names]);
    }

    private PoolConfiguration Configure(string name, IReadOnlyList<string> above)
    {
        var limits = RandomLimits();
        cluster.Monitor.LimitsSet(name, limits);
        var configuration = new PoolConfiguration
        {
            Limits = limits,
            MaxWaiting = World.Random.Next(1, 6),
            Weight = World.Random.Next(1, 4),
        };
        if (above.Count == 0)
            return configuration;
        if (above.Count == 1 || World.Chance(0.6))
            return configuration with
            {
                Parent = World.Pick(above),
                Reserved = World.Chance(0.3) ? RandomReserved(limits) : default,
            };
        var selector = $"select-{name}-{cluster.Selectors.Count}";
        cluster.Selectors[selector] = new SimSelector(above);
        return configuration with { Selector = selector, SelectorConfig = World.Chance(0.5) ? "turned" : null };
    }

    // A pool that is added again does not remember earlier withdrawals. Only reconciliation corrects that.
    private void Change()
    {
        // Prefer a pool that is asking its parents right now, because what becomes of those requests is worth checking.
        List<string> asking =
        [
            .. cluster.Pools.Names.Where(name => cluster.Pools.Current(name) is { Actor.State.Ledger.HeldWorkers: > 0 }),
        ];
        var pool = World.Pick(asking.Count > 0 && World.Chance(0.7) ? asking : [.. cluster.Pools.Names]);
        if (!cluster.Catalog.Has(pool) || cluster.WithoutReconciliation || World.Chance(0.5))
        {
            // Any pools of the levels above, or none at all.
            List<string> above = [.. cluster.Pools.Names.Where(other => other[0] < pool[0])];
            cluster.Catalog.Set(pool, Configure(pool, World.Chance(0.2) ? [] : [.. above.OrderBy(_ => World.Random.Next()).Take(3)]));
            return;
        }

        cluster.Catalog.Remove(pool);
        if (World.Chance(0.7))
            World.Schedule(cluster.Network.Carrier, World.Between(0, World.Chance(0.5) ? 20 : 4_000), () =>
                cluster.Catalog.Set(pool, Configure(pool, [])));
    }

    // Mostly tight. Some have room for enough jobs that requests to a parent have to share messages.
    private PoolLimits RandomLimits()
        => World.Chance(0.7)
            ? new(World.Random.Next(1, 5), World.Random.Next(3, 13))
            : new(World.Random.Next(8, 40), World.Random.Next(30, 100));

    private void Call(int number)
    {
        var nodes = cluster.Nodes.Where(node => node.Process.IsAlive && !node.IsDeclaredDead).ToList();
        if (nodes.Count == 0)
            return;
        var call = new SimCall
        {
            Number = number,
            Request = new AdmissionRequest
            {
                Pool = PickPool(),
                Name = World.Chance(0.7) ? World.Pick(JobNames) : null,
                Bytes = World.Random.Next(0, 5),
                Priority = World.Random.Next(0, 2),
                Wait = World.Chance(hasRivals ? 0.9 : 0.4) ? World.Between(50, 3_000) : TimeSpan.Zero,
                PoolTimeout = World.Between(100, 1_000),
                SelectorArgument = World.Chance(0.5) ? "turned" : null,
            },
            Duration = RandomDuration(),
            CancelAfter = World.Chance(0.15) ? World.Between(0, World.Chance(0.5) ? 20 : 1_500) : null,
        };
        cluster.Calls.Add(call);
        World.Pick(nodes).Call(call);
    }

    // Most are short. A few last until long after the faults, some of them beyond the first check at rest, none until about that moment.
    private TimeSpan RandomDuration() => World.Random.Next(100) switch
    {
        < 2 => World.Between(20_000, 30_000),
        < 4 => World.Between(70_000, 90_000),
        var number when number < 50 || hasRivals => World.Between(1, 50),
        _ => World.Between(1, 2_000),
    };

    private async Task KillAsync(SimProcess client, Guid kill)
    {
        var pool = World.Pick([.. cluster.Pools.Names]);
        var name = World.Pick(JobNames);
        var running = cluster
            .Nodes.Where(node => node.Counts)
            .SelectMany(node =>
                node.Open.Where(call => call.Lease is not null && !call.HasEnded && call.Lease.Chain.Contains(pool))
                    .Select(call => (Node: node, Call: call)))
            .ToList();
        var kind = World.Random.Next(3);
        var one = running.Count > 0 ? World.Pick(running).Call.Lease!.Job : default;
        List<(SimNode Node, SimCall Call)> victims = kind switch
        {
            0 => [.. running.Where(victim => victim.Call.Request.Name == name)],
            1 => [.. running.Where(victim => victim.Call.Lease!.Job == one)],
            _ => running,
        };
        var target = new KillTarget(kind == 0 ? name : null, kind == 1 ? one : null);
        cluster.Monitor.KillBegins(kill, pool, target);
        PoolActor? asked = null;
        var isRemoved = false;
        try
        {
            // A person does not send a kill twice, and it does not get lost. Messages that follow from it may.
            var reply = await cluster.Network.CallAsync(
                client,
                ()
                    => cluster
                        .Pools.Route(pool, client)
                        .Receive(activation =>
                        {
                            asked = activation.Actor;
                            isRemoved = asked.IsRemoved;
                            return new ValueTask<KillReply>(activation.KillAsync(kill, target, "user"));
                        }),
                client.Machine,
                $"kill {kill} in {pool}");
            cluster.Monitor.KillReturned(
                kill,
                reply,
                isRemoved || (asked is not null && cluster.Pools.Current(pool)?.Actor == asked),
                victims);
        }
        catch (Exception)
        {
            // The activation died or was replaced: the requester of the kill has to ask again.
        }
    }

    /// <summary>Prefers one parent or the other, by configuration and by the job's parameter.</summary>
    private sealed class SimSelector(IReadOnlyList<string> parents) : IPoolSelector
    {
        public IReadOnlyList<string> SelectParents(string? config, string? parameter)
            => config == parameter ? parents : [.. parents.Reverse()];
    }
}
