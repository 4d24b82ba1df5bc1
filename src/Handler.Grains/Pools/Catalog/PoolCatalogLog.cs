using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Grains.Pools;

/// <summary>
/// Logs a line for each pool that is added, changed or removed, with the origin of the change: limits are promises, and an operator may
/// have to find out who changed one.
/// </summary>
internal sealed partial class PoolCatalogLog(ILogger logger)
{
    public void Set(string pool, CatalogEntry? before, StoredConfiguration after, string by)
    {
        if (before is { Removed: false })
            LogChanged(pool, by, Describe(before.Configuration), Describe(after));
        else
            LogAdded(pool, by, Describe(after));
    }

    /// <summary>Logs the pools of a silo's configuration that take no effect although they differ from what is in force.</summary>
    public void Kept(Dictionary<string, PoolConfiguration> brought, Dictionary<string, CatalogEntry> present, string silo)
    {
        foreach (var (pool, configuration) in brought)
        {
            var (entry, same) = (present[pool], StoredConfiguration.Of(configuration));
            if (entry.Removed)
                LogStaysRemoved(pool, silo);
            else if (entry.Configuration with { Version = same.Version } != same)
                LogStays(pool, silo, Describe(entry.Configuration), Describe(same));
        }
    }

    /// <summary>
    /// The name of the caller for the log. The caller chooses it, so control characters are replaced: it must not forge log lines.
    /// </summary>
    public static string NameOf(string? caller) => string.IsNullOrWhiteSpace(caller)
        ? "a caller without a name"
        : string.Concat(caller.Take(Tuning.Log.MaxOriginLength).Select(static each => char.IsControl(each) ? ' ' : each));

    private static string Describe(StoredConfiguration pool)
        => $"MaxWorkers {pool.MaxWorkers}, MaxMemoryBytes {pool.MaxMemoryBytes}, MaxWaiting {pool.MaxWaiting}"
            + (pool.ReservedWorkers > 0 ? $", ReservedWorkers {pool.ReservedWorkers}" : "")
            + (pool.ReservedMemoryBytes > 0 ? $", ReservedMemoryBytes {pool.ReservedMemoryBytes}" : "")
            + (pool.Parent is { } parent ? $", Parent {parent}" : "") + (pool.Selector is { } selector ? $", Selector {selector}" : "");

    [LoggerMessage(1411, LogLevel.Information, "Pool {Pool} was added by {By}: {Configuration}")]
    private partial void LogAdded(string pool, string by, string configuration);

    [LoggerMessage(1412, LogLevel.Information, "Pool {Pool} was changed by {By}: it had {Before}, and has {After}")]
    private partial void LogChanged(string pool, string by, string before, string after);

    [LoggerMessage(1413, LogLevel.Information, "Pool {Pool} was removed by {By}")]
    public partial void Removed(string pool, string by);

    [LoggerMessage(
        1414,
        LogLevel.Information,
        "Pool {Pool} stays as it was changed since, with {Present}: {By} has what a silo's configuration had before, {Brought}"
    )]
    private partial void LogStays(string pool, string by, string present, string brought);

    [LoggerMessage(1415, LogLevel.Information, "Pool {Pool} stays removed: {By} has what a silo's configuration had before")]
    private partial void LogStaysRemoved(string pool, string by);

    [LoggerMessage(1403, LogLevel.Error, "Storage has lost what was written to it, as when Redis was emptied or came back "
        + "without its last writes. The {Count} known pools are written again")]
    public partial void StorageLost(int count);

    [LoggerMessage(1404, LogLevel.Warning, "Storage does not have these pools of a silo's configuration; it may have lost its data. "
        + "They are added again: {Pools}")]
    public partial void Restored(string pools);
}
