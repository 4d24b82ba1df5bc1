using Handler.Grains;
using Handler.TestSilo;
using Orleans.Runtime.Placement;

namespace Handler.Cluster;

/// <summary>A cluster of silo processes with its own Redis and a client in this process.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private static readonly TimeSpan ClientEndsWithin = TimeSpan.FromMinutes(1);

    private readonly List<SiloProcess> silos = [];
    private readonly List<SiloProcess> gone = [];

    private SiloCluster(RedisServer redis, SiloSetup setup, MembershipTable table) => (Redis, Setup, Table) = (redis, setup, table);

    public RedisServer Redis { get; }

    public SiloSetup Setup { get; }

    public MembershipTable Table { get; }

    /// <summary>The client of this process.</summary>
    public ClientHost Client { get; private set; } = null!;

    /// <summary>The silos that take part in the cluster.</summary>
    public IReadOnlyList<SiloProcess> Silos => silos;

    /// <summary>The same silos, for threads other than the one that starts and ends them.</summary>
    public IReadOnlyList<SiloProcess> Members
    {
        get
        {
            lock (silos)
                return [.. silos];
        }
    }

    /// <summary>The silos that have left, in whatever way.</summary>
    public IReadOnlyList<SiloProcess> Gone
    {
        get
        {
            lock (silos)
                return [.. gone];
        }
    }

    public static async Task<SiloCluster> StartAsync(int silos, Func<SiloSetup, SiloSetup>? configure = null)
    {
        var redis = await RedisServer.StartAsync();
        var setup = new SiloSetup { Redis = redis.Address, ClusterId = $"test-{Guid.NewGuid():N}" };
        setup = configure?.Invoke(setup) ?? setup;
        var cluster = new SiloCluster(redis, setup, await MembershipTable.OpenAsync(redis.Address, setup.ClusterId));
        try
        {
            await cluster.HealAsync(silos);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more silo.</summary>
    public async Task<SiloProcess> AddSiloAsync()
    {
        var silo = await SiloProcess.StartAsync(Setup);
        lock (silos)
            silos.Add(silo);
        return silo;
    }

    /// <summary>Records that a silo is about to exit, or has exited: it no longer takes part.</summary>
    public void Remove(SiloProcess silo)
    {
        lock (silos)
        {
            if (silos.Remove(silo))
                gone.Add(silo);
        }
    }

    /// <summary>Kills a silo, and returns the timestamp of the verdict on it.</summary>
    public async Task<long> KillAsync(SiloProcess silo)
    {
        Remove(silo);
        await silo.KillAsync();
        return await Table.WaitForVerdictAsync(silo);
    }

    /// <summary>Brings the cluster to this number of silos, all healthy, with a client.</summary>
    public async Task HealAsync(int count)
    {
        foreach (var silo in silos.Where(silo => silo.HasExited || silo.IsStopped).ToList())
        {
            Remove(silo);
            await silo.KillAsync();
        }

        foreach (var silo in gone)
            await Table.WaitForVerdictAsync(silo);
        await Task.WhenAll(Enumerable.Range(0, Math.Max(0, count - silos.Count)).Select(_ => AddSiloAsync()));
        foreach (var silo in silos.Skip(count).ToList())
        {
            Remove(silo);
            silo.Terminate();
            await silo.WaitForExitAsync();
        }

        // Jobs that a test has left running end with its client.
        if (Client is not null)
            await Client.DisposeAsync();
        Client = await ClientHost.StartAsync(Setup.Redis, Setup.ClusterId, client =>
        {
            if (Setup.ClientTls is { } tls)
                client.UseHandlerMutualTls(tls);
        });
        await Until.True(
            async () => await RecordsAsync() is var records && records.Length == count && records.All(record => record.Jobs == 0),
            $"{count} nodes to reply, and to be idle");
    }

    /// <summary>The records of all nodes that reply.</summary>
    public Task<NodeRecords[]> RecordsAsync()
        => Client.Grains.GetGrain<IRecordsGrain>(0).GetRecordsAsync();

    public SiloProcess SiloOf(string node) => FindSilo(node) ?? throw new InvalidOperationException($"No silo of this cluster is {node}.");

    /// <summary>
    /// When the node's silo was declared dead; <see langword="null"/> if it was not. A silo that already takes jobs, but has only just said
    /// so, was not.
    /// </summary>
    public long? VerdictOn(string node) => FindSilo(node) is { } silo ? Table.VerdictOn(silo) : null;

    private async Task<SiloProcess> SiloOfAsync(IAddressable grain, string what)
    {
        var address = await Client.Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        return SiloOf((address ?? throw new InvalidOperationException($"No silo holds {what}.")).ToParsableString());
    }

    private SiloProcess? FindSilo(string node)
    {
        lock (silos)
            return silos.Concat(gone).FirstOrDefault(silo => silo.Has(node));
    }

    /// <summary>The silo that holds a pool's grain.</summary>
    public Task<SiloProcess> SiloOfPoolAsync(string pool) => SiloOfAsync(Client.Grains.GetGrain<IPoolGrain>(pool), $"the pool {pool}");

    /// <summary>The silo that holds the list of pools.</summary>
    public Task<SiloProcess> SiloOfCatalogAsync() => SiloOfAsync(Client.Grains.GetGrain<IPoolCatalogGrain>(0), "the list of pools");

    /// <summary>Adds a pool whose grain is held by a given silo.</summary>
    public async Task TryAddPoolAsync(string pool, SiloProcess silo, Action<PoolOptions> configure)
    {
        var node = (await RecordsAsync()).Select(record => record.Node).First(node => silo.Has(node.Value));
        RequestContext.Set(IPlacementDirector.PlacementHintKey, SiloAddress.FromParsableString(node.Value));
        try
        {
            await Client.Grains.GetGrain<IPoolGrain>(pool).GetSnapshotAsync();
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }

        await Client.Handler.TryAddPoolAsync(pool, configure);
        await Until.True(async () => await SiloOfPoolAsync(pool) == silo, $"the grain of {pool} to be where it was put");
    }

    /// <summary>What to print when a test fails.</summary>
    public async Task<string> DescribeAsync(params string[] pools)
    {
        var lines = new List<string>();
        try
        {
            lines.AddRange(
                (await RecordsAsync()).Select(record =>
                    $"{record.Node}: {record.Jobs} jobs, {record.Leases.Count} leases, {record.Unacknowledged} releases not acknowledged"));
            foreach (var pool in pools)
            {
                var state = await Client.Handler.GetPool(pool).GetSnapshotAsync();
                lines.Add(
                    $"{pool}: epoch {state.Epoch}, {state.UsedWorkers} used, {state.HeldWorkers} held, {state.Waiting} waiting, "
                        + string.Join(", ", state.Running.Select(job => $"{job.Job} on {job.Node} for {job.Age.TotalSeconds:0.0} s")));
            }
        }
        catch (Exception exception)
        {
            lines.Add(exception.ToString());
        }

        foreach (var silo in silos.Concat(gone.TakeLast(1)))
            lines.AddRange(silo.Lines.TakeLast(40).Prepend($"silo {silo.SiloPort}:"));
        return string.Join(Environment.NewLine, lines);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Client is not null)
                await Client.DisposeAsync().AsTask().WaitAsync(ClientEndsWithin); // never completes if a call never gets a reply
        }
        finally
        {
            foreach (var silo in silos.Concat(gone))
                await silo.DisposeAsync();
            await Table.DisposeAsync();
            await Redis.DisposeAsync();
        }
    }
}
