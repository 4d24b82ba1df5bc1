using Handler.BadJobs;
using Handler.Demo.Node;
using Handler.Demo.Scenarios;

namespace Handler.Demo;

/// <summary>
/// The whole demonstration: one node runs all scenarios, one after the other. Then it is checked that the node is as healthy as before.
/// </summary>
internal static class DemoRun
{
    private const int Workers = 4;

    /// <summary>Runs and prints everything. Returns whether every outcome was the expected one.</summary>
    public static async Task<bool> RunAsync(ResultTable table)
    {
        var node = new NodeObserver();
        var runner = new ScenarioRunner(table);
        var handler = await StartAsync(node);

        await using (handler)
        {
            await WarmUpAsync(handler);
            var healthy = await node.SettleAsync(state => state is { Workers: Workers, Zombies: 0, Strays: 0 });
            await runner.RunAsync(handler,
            [
                .. Everything(),
                Health.SameAs(healthy, node),
            ]);
        }

        await runner.RunAsync(handler, [Health.NothingLeft(node)]);
        table.Print();
        return table.AllAsExpected;
    }

    /// <summary>The scenarios that every handler must cope with, on one node or on a cluster.</summary>
    public static IEnumerable<Scenario> Everything() =>
    [
        .. GoodJobs.All(),
        .. HostileInput.All(),
        .. UserScripts.All(),
        .. MemoryUse.All(),
        .. Crashes.All(),
        .. SideEffects.All(),
        .. Tenants.All(),
        SmallJobs.TenThousand(),
    ];

    private static Task<IHandler> StartAsync(NodeObserver node) => EmbeddedHandler.StartAsync(options =>
    {
        options.MinWorkers = Workers;
        options.MaxWorkers = Workers;
        options.Recycling.IdleTimeout = TimeSpan.FromSeconds(1); // Spare workers must be gone when the node is examined.
        node.Mark(options.WorkerEnvironment);
        Tenants.AddPools(options);
    });

    // Some descriptors are opened on first use and kept. They must not count as leaked, so everything is used once before descriptors are
    // counted.
    private static async Task WarmUpAsync(IHandler handler)
    {
        await SmallJobs.RunAsync(handler, 1000);
        await handler.RunAsync(() => CpuHogs.TightLoop(), Limits.Timeout(0.1));
    }
}
