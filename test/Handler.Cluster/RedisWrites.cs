using System.Globalization;
using StackExchange.Redis;

namespace Handler.Cluster;

/// <summary>Counts the commands other than reads that a Redis server has executed, by the server's own statistics.</summary>
internal static class RedisWrites
{
    private static readonly HashSet<string> Reads = new(StringComparer.Ordinal)
    {
        "hgetall",
        "hget",
        "hmget",
        "get",
        "exists",
        "ping",
        "info",
        "config",
        "client",
        "subscribe",
        "echo",
        "cluster",
        "role",
        "hello",
        "auth",
        "select",
        "time",
        "ttl",
        "pttl",
        "sentinel",
        "command",
    };

    /// <summary>How often each writing command was called.</summary>
    public static async Task<Dictionary<string, long>> CountAsync(IServer redis)
    {
        var commands = (await redis.InfoAsync("commandstats")).SelectMany(section => section);
        return commands
            .Select(pair =>
                (
                    Name: pair.Key["cmdstat_".Length..].Split('|')[0],
                    Calls: long.Parse(pair.Value.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture)))
            .Where(command => !Reads.Contains(command.Name))
            .GroupBy(command => command.Name)
            .ToDictionary(command => command.Key, command => command.Sum(each => each.Calls));
    }

    /// <summary>The calls between two counts.</summary>
    public static Dictionary<string, long> Between(Dictionary<string, long> before, Dictionary<string, long> after)
        => after
            .Where(command => command.Value > before.GetValueOrDefault(command.Key))
            .ToDictionary(command => command.Key, command => command.Value - before.GetValueOrDefault(command.Key));
}
