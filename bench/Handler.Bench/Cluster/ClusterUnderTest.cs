using System.Globalization;
using Handler.Cluster;

namespace Handler.Bench.Cluster;

/// <summary>A Redis, silos and a client. The silos are this program in other processes.</summary>
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

    private static Task<Handler.Cluster.ChildProcess> StartSiloAsync(RedisServer redis)
    {
        const int Workers = BenchSettings.BenchWorkers;
        var environment = new Dictionary<string, string> { ["Handler__MinWorkers"] = Workers.ToString(CultureInfo.InvariantCulture) };
        return SiloProcess.StartAsync(typeof(Program).Assembly, ChildProcess.SiloMode, redis.Address, ClusterId, Workers, environment);
    }

    private static async Task EndAsync(RedisServer redis, List<Handler.Cluster.ChildProcess> silos)
    {
        foreach (var silo in silos)
            await silo.DisposeAsync();
        await redis.DisposeAsync();
    }
}
