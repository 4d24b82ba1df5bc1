using System.Globalization;
using Handler.Cluster;
using StackExchange.Redis;

namespace Handler.Bench.Cluster;

/// <summary>Counts what a Redis has been asked to write, as it says itself. Grain storage writes by a script.</summary>
internal static class RedisWrites
{
    private static readonly string[] Writing = ["cmdstat_set", "cmdstat_hset", "cmdstat_hmset", "cmdstat_del", "cmdstat_eval", "cmdstat_evalsha"];

    public static async Task<long> CountAsync(RedisServer redis)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        var statistics = await connection.GetServer(redis.Address).InfoAsync("commandstats");
        return statistics.SelectMany(group => group)
            .Where(line => Writing.Contains(line.Key))
            .Sum(line => long.Parse(line.Value.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture));
    }
}
