using Handler.BadJobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Handler.TestSilo;

/// <summary>A client that starts endless jobs in a pool, some of them detached, reports that they run, and waits to be killed.</summary>
internal static class TestClient
{
    /// <summary>The line that it prints when its jobs run.</summary>
    public const string Running = "client: its jobs run";

    /// <param name="arguments">Redis, cluster id, pool, number of jobs, number of detached jobs.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (redis, cluster, pool) = (arguments[0], arguments[1], arguments[2]);
        var builder = ClientApplication.CreateBuilder(redis, cluster);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        using var host = builder.Build();
        await host.StartAsync();
        var chosen = host.Services.GetRequiredService<IHandler>().GetPool(pool);
        var limits = new JobOptions { Timeout = TimeSpan.FromMinutes(10), PoolTimeout = TimeSpan.FromSeconds(10), MaxHeapBytes = 1 << 20 };
        for (var i = 0; i < int.Parse(arguments[3]); i++)
            await chosen.StartAsync(CpuHogs.Sleep, limits with { Name = "held" });
        for (var i = 0; i < int.Parse(arguments[4]); i++)
            (await chosen.StartAsync(CpuHogs.Sleep, limits with { Name = "detached" })).Detach();
        Console.WriteLine(Running);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
