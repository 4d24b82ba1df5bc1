using Handler.BadJobs;
using Handler.Demo.Node;
using Handler.Demo.Scenarios;

namespace Handler.Demo;

/// <summary>
/// The whole demonstration: one node, everything that people throw at it, one thing after the other, and then the proof that the node
/// is as healthy as it was.
/// </summary>
internal static class DemoRun
{
    private const int Workers = 4;

    /// <summary>Runs and prints everything, and answers whether every outcome was the expected one.</summary>
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

    /// <summary>All that any handler must cope with, one node or a cluster.</summary>
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
        options.Recycling.IdleTimeout = TimeSpan.FromSeconds(1); // So that spare workers are gone when the node is looked at.
        node.Mark(options.WorkerEnvironment);
        Tenants.AddPools(options);
    });

    // Descriptors that are opened on first use, and kept, must not count as lost: so everything is used once before they are counted.
    private static async Task WarmUpAsync(IHandler handler)
    {
        await SmallJobs.RunAsync(handler, 1000);
        await handler.RunAsync(() => CpuHogs.TightLoop(), Limits.Timeout(0.1));
    }
}
