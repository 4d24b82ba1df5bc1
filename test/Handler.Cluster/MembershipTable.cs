using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using StackExchange.Redis;

namespace Handler.Cluster;

/// <summary>
/// Polls the membership table in Redis for the time at which a silo is declared dead. Every time limit of the cluster counts from there.
/// </summary>
internal sealed class MembershipTable : IAsyncDisposable
{
    private const int Dead = 6;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly ConnectionMultiplexer redis;
    private readonly string key;
    private readonly ConcurrentDictionary<string, long> verdicts = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Task watching;

    private MembershipTable(ConnectionMultiplexer redis, string clusterId)
    {
        this.redis = redis;
        key = $"{clusterId}/members/{clusterId}";
        watching = WatchAsync();
    }

    /// <summary>The Redis server, for questions about the server itself.</summary>
    public IServer Server => redis.GetServers()[0];

    public static async Task<MembershipTable> OpenAsync(string address, string clusterId)
        => new(await ConnectionMultiplexer.ConnectAsync(address + ",abortConnect=false,allowAdmin=true"), clusterId);

    /// <summary>Copies all data in Redis.</summary>
    public async Task<Dictionary<RedisKey, byte[]>> CopyAsync()
    {
        var copy = new Dictionary<RedisKey, byte[]>();
        await foreach (var each in Server.KeysAsync())
            copy[each] = (await redis.GetDatabase().KeyDumpAsync(each))!;
        return copy;
    }

    /// <summary>
    /// Replaces all data in Redis with a copy, as when a backup is restored or a replica without the last writes is promoted.
    /// </summary>
    public async Task GoBackToAsync(Dictionary<RedisKey, byte[]> copy)
    {
        await Server.FlushAllDatabasesAsync();
        foreach (var (each, value) in copy)
            await redis.GetDatabase().KeyRestoreAsync(each, value);
    }

    /// <summary>The timestamp at which a silo's verdict was seen; <see langword="null"/> while it counts as alive.</summary>
    public long? VerdictOn(SiloProcess silo) => verdicts.TryGetValue(Port(silo), out var at) ? at : null;

    /// <summary>Waits for the verdict that a silo is dead.</summary>
    public async Task<long> WaitForVerdictAsync(SiloProcess silo)
    {
        await Until.True(() => VerdictOn(silo) is not null, $"the verdict on silo {silo.SiloPort}");
        return VerdictOn(silo)!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watching;
        await redis.DisposeAsync();
        stopping.Dispose();
    }

    private static string Port(SiloProcess silo) => $":{silo.SiloPort}:";

    private async Task WatchAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                foreach (var row in await redis.GetDatabase().HashGetAllAsync(key))
                {
                    var name = row.Name.ToString();
                    if (name.StartsWith('S') && IsDead(row.Value.ToString()))
                        verdicts.TryAdd(name[name.IndexOf(':')..(name.LastIndexOf(':') + 1)], Stopwatch.GetTimestamp());
                }
            }
            catch (RedisException)
            {
                // A test has stopped Redis.
            }
            catch (TimeoutException)
            {
            }

            await Task.Delay(Interval, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsDead(string entry)
    {
        using var document = JsonDocument.Parse(entry);
        return document.RootElement.TryGetProperty("Status", out var status)
            && (status.ValueKind == JsonValueKind.Number ? status.GetInt32() == Dead : status.GetString() == nameof(Dead));
    }
}
