using System.Globalization;
using Handler.Cluster;
using Handler.Shared;

namespace Handler.Bench.Cluster;

/// <summary>A Redis, silos and a client; the silos are this program in other processes.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private const string ClusterId = "bench";

    private readonly RedisServer redis;
    private readonly List<Handler.Cluster.ChildProcess> silos;

    private ClusterUnderTest(RedisServer redis, List<Handler.Cluster.ChildProcess> silos, ClientHost client)
    {
        this.redis = redis;
        this.silos = silos;
        Client = client;
    }

    public ClientHost Client { get; }

    public RedisServer Redis => redis;

    public static async Task<ClusterUnderTest> StartAsync(int silos)
    {
        var redis = await RedisServer.StartAsync();
        var processes = new List<Handler.Cluster.ChildProcess>();
        try
        {
            for (var i = 0; i < silos; i++)
                processes.Add(await StartSiloAsync(redis));
            return new ClusterUnderTest(redis, processes, await ClientHost.StartAsync(redis.Address, ClusterId));
        }
        catch
        {
            await EndAsync(redis, processes);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await EndAsync(redis, silos);
    }

    private static async Task<Handler.Cluster.ChildProcess> StartSiloAsync(RedisServer redis)
    {
        string[] arguments =
        [
            "exec", typeof(Program).Assembly.Location, ChildProcess.SiloMode, "--redis", redis.Address, "--cluster-id", ClusterId,
            "--max-workers", Text(BenchSettings.BenchWorkers), "--silo-port", Text(FreePorts.Next()), "--gateway-port", Text(FreePorts.Next()),
        ];
        var environment = new Dictionary<string, string>
        {
            ["Handler__MinWorkers"] = Text(BenchSettings.BenchWorkers),
        };
        var silo = new Handler.Cluster.ChildProcess(Environment.ProcessPath!, arguments, environment, AppContext.BaseDirectory);
        await silo.WaitForLineAsync("takes jobs");
        return silo;
    }

    private static async Task EndAsync(RedisServer redis, List<Handler.Cluster.ChildProcess> silos)
    {
        foreach (var silo in silos)
            await silo.DisposeAsync();
        await redis.DisposeAsync();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
