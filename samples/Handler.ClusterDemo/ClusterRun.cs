using System.Globalization;
using Handler.Demo;
using Handler.Demo.Node;
using Handler.Demo.Scenarios;
using Handler.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

namespace Handler.ClusterDemo;

/// <summary>Starts a cluster, runs the demonstration on it from a client, and looks whether anything is left.</summary>
internal static class ClusterRun
{
    private const int Silos = 2;

    /// <summary>Runs and prints everything, and answers whether every outcome was the expected one.</summary>
    public static async Task<bool> RunAsync()
    {
        var table = ResultTable.ForThisConsole();
        var runner = new ScenarioRunner(table);
        var node = new NodeObserver();
        var ports = Ports.Free(1 + (2 * Silos));
        var redis = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[0]}");
        var folder = Directory.CreateTempSubdirectory("handler-demo-");
        try
        {
            await using var store = await Part.StartAsync("redis-server", "redis-server", RedisArguments(ports[0], folder.FullName), "Ready to accept connections");
            await using var first = await StartSiloAsync(1, redis, ports[1], ports[2], node);
            await using var second = await StartSiloAsync(2, redis, ports[3], ports[4], node);
            using var client = await ConnectAsync(redis);
            var handler = client.Services.GetRequiredService<IHandler>();
            await AddPoolsAsync(handler);
            await runner.RunAsync(handler, [.. DemoRun.Everything(), BothSilosRanJobs(), PoolsAreEmpty()]);
            await client.StopAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        await runner.RunAsync(null!, [Health.NothingLeft(node)]);
        table.Print();
        return table.AllAsExpected;
    }

    private static string[] RedisArguments(int port, string folder)
        => ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", "--daemonize", "no"];

    private static Task<Part> StartSiloAsync(int number, string redis, int siloPort, int gatewayPort, NodeObserver node)
    {
        var mark = new Dictionary<string, string>();
        node.Mark(mark);
        var environment = mark.ToDictionary(variable => $"Handler__WorkerEnvironment__{variable.Key}", variable => variable.Value);
        environment["Handler__MinWorkers"] = environment["Handler__MaxWorkers"] = "4";
        var own = Environment.ProcessPath!;
        string[] arguments = ["silo", "--redis", redis, "--silo-port", siloPort.ToString(CultureInfo.InvariantCulture), "--gateway-port", gatewayPort.ToString(CultureInfo.InvariantCulture)];
        return Part.StartAsync($"silo {number}", own, arguments, "takes jobs", environment);
    }

    private static async Task<IHost> ConnectAsync(string redis)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = "handler")
            .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis)));
        builder.Services.AddHandlerClient();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static async Task AddPoolsAsync(IHandler handler)
    {
        var wanted = new HandlerOptions();
        Tenants.AddPools(wanted);
        foreach (var (name, pool) in wanted.Pools.OrderBy(pool => pool.Value.DelegateTo is not null))
        {
            await handler.AddPoolAsync(name, options =>
            {
                (options.MaxWorkers, options.MaxMemoryBytes, options.MaxWaiting) = (pool.MaxWorkers, pool.MaxMemoryBytes, pool.MaxWaiting);
                options.DelegateTo = pool.DelegateTo;
            });
        }
    }

    private static Scenario BothSilosRanJobs() => new("which processes ran 200 of one client's jobs", null, async handler =>
    {
        var parents = new HashSet<int>();
        foreach (var outcome in await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => handler.RunAsync(static () => Environment.ProcessId))))
        {
            if (ProcessTable.All().FirstOrDefault(process => process.Pid == outcome.GetValueOrThrow()) is { } worker)
                parents.Add(worker.ParentPid);
        }

        return new ScenarioResult($"workers of {parents.Count} silos", null, parents.Count == Silos ? null : $"expected: {Silos}");
    });

    private static Scenario PoolsAreEmpty() => new("the pools, when all has ended", null, async handler =>
    {
        var wanted = new HandlerOptions();
        Tenants.AddPools(wanted);
        var used = 0;
        foreach (var name in wanted.Pools.Keys)
            used += (await handler.Pool(name).GetSnapshotAsync()).UsedWorkers;
        return new ScenarioResult($"{used} workers in use", null, used == 0 ? null : "expected: 0");
    });
}
