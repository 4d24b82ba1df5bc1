using Handler.Cluster;
using Handler.Demo;
using Handler.Demo.Node;
using Handler.Demo.Scenarios;

namespace Handler.ClusterDemo;

/// <summary>Starts a cluster, runs the demonstration on it from a client, and checks that nothing is left behind.</summary>
internal static class ClusterRun
{
    private const int Silos = 2;
    private const string ClusterId = "demo";

    /// <summary>Runs and prints everything. Returns whether every outcome was the expected one.</summary>
    public static async Task<bool> RunAsync()
    {
        var table = ResultTable.ForThisConsole();
        var runner = new ScenarioRunner(table);
        var node = new NodeObserver();
        await using (var redis = await RedisServer.StartAsync())
        await using (var first = await StartSiloAsync(redis, node))
        await using (var second = await StartSiloAsync(redis, node))
        {
            await using (var client = await ClientHost.StartAsync(redis.Address, ClusterId))
            {
                await AddPoolsAsync(client.Handler);
                await runner.RunAsync(client.Handler, [.. DemoRun.Everything(), BothSilosRanJobs(), PoolsAreEmpty()]);
            }

            await EndAsync(second);
            await EndAsync(first);
        }

        await runner.RunAsync(null!, [Health.NothingLeft(node)]);
        table.Print();
        return table.AllAsExpected;
    }

    private static Task<ChildProcess> StartSiloAsync(RedisServer redis, NodeObserver node)
    {
        var mark = new Dictionary<string, string>();
        node.Mark(mark);
        var environment = mark.ToDictionary(variable => $"Handler__WorkerEnvironment__{variable.Key}", variable => variable.Value);
        environment["Handler__MinWorkers"] = "4";
        return SiloProcess.StartAsync(typeof(Program).Assembly, Program.SiloMode, redis.Address, ClusterId, maxWorkers: 4, environment);
    }

    /// <summary>Shuts a silo down normally: it drains and leaves the cluster.</summary>
    private static async Task EndAsync(ChildProcess silo)
    {
        silo.Signal(Handler.Shared.Signals.Terminate);
        await silo.WaitForExitAsync();
    }

    private static async Task AddPoolsAsync(IHandler handler)
    {
        var wanted = new HandlerOptions();
        Tenants.AddPools(wanted);
        foreach (var (name, pool) in wanted.Pools.OrderBy(pool => pool.Value.Parent is not null))
        {
            await handler.TryAddPoolAsync(name, options =>
            {
                (options.MaxWorkers, options.MaxMemoryBytes, options.MaxWaiting) = (pool.MaxWorkers, pool.MaxMemoryBytes, pool.MaxWaiting);
                options.Parent = pool.Parent;
            });
        }
    }

    private static Scenario BothSilosRanJobs() => new("which processes ran 200 of one client's jobs", null, async handler =>
    {
        var parents = new HashSet<int>();
        var jobs = Enumerable.Range(0, 200).Select(_ => handler.RunAsync(static () => Environment.ProcessId));
        foreach (var outcome in await Task.WhenAll(jobs))
        {
            if (NodeObserver.ParentOf(outcome.GetValueOrThrow()) is { } silo)
                parents.Add(silo);
        }

        return new ScenarioResult($"workers of {parents.Count} silos", null, parents.Count == Silos ? null : $"expected: {Silos}");
    });

    private static Scenario PoolsAreEmpty() => new("the pools, when all has ended", null, async handler =>
    {
        var wanted = new HandlerOptions();
        Tenants.AddPools(wanted);
        var used = 0;
        foreach (var name in wanted.Pools.Keys)
            used += (await handler.GetPool(name).GetSnapshotAsync()).UsedWorkers;
        return new ScenarioResult($"{used} workers in use", null, used == 0 ? null : "expected: 0");
    });
}
