using Microsoft.Extensions.Logging;

namespace Handler.Pools;

/// <summary>The log messages of pools, and of nodes about pools, in every host.</summary>
internal static partial class PoolLog
{
    [LoggerMessage(
        1601, LogLevel.Warning, "Pool {Pool}: the selector {Selector} did not return within {Milliseconds} ms; the job is rejected")]
    public static partial void SelectorIsSlow(ILogger logger, string pool, string selector, double milliseconds);

    [LoggerMessage(1602, LogLevel.Warning, "Pool {Pool}: the selector {Selector} threw; the job is rejected")]
    public static partial void SelectorThrew(ILogger logger, string pool, string selector, Exception exception);

    [LoggerMessage(1603, LogLevel.Warning, "Pool {Pool}: no selector is registered as {Selector}; the job is rejected")]
    public static partial void NoSuchSelector(ILogger logger, string pool, string selector);

    [LoggerMessage(
        1604,
        LogLevel.Warning,
        "Pool {Pool}: selectors have sent the job through {Count} pools, more than a chain may have; it is rejected")]
    public static partial void ChainIsTooLong(ILogger logger, string pool, int count);

    [LoggerMessage(1605, LogLevel.Warning, "Pool {Pool}: selectors send a job round in a circle; it is rejected")]
    public static partial void ChainIsCircular(ILogger logger, string pool);

    [LoggerMessage(1606, LogLevel.Warning, "Pool {Pool}: the list of nodes cannot be read")]
    public static partial void CannotReadNodes(ILogger logger, string pool, Exception exception);

    [LoggerMessage(1607, LogLevel.Warning, "Pool {Pool}: its record cannot be read or written; trying again")]
    public static partial void CannotStore(ILogger logger, string pool, Exception exception);

    [LoggerMessage(
        1608,
        LogLevel.Warning,
        "Pool {Pool} has not acknowledged a release for {Seconds:0.0} s, of {Unacknowledged} to all pools; it is repeated until it does")]
    public static partial void ReleaseIsLate(ILogger logger, string pool, double seconds, int unacknowledged, Exception? exception);

    [LoggerMessage(1609, LogLevel.Warning, "Pool {Pool}: {Work} failed in the background")]
    public static partial void WorkOfPoolFailed(ILogger logger, string pool, string work, Exception exception);

    [LoggerMessage(1610, LogLevel.Warning, "Node {Node}: {Work} failed in the background")]
    public static partial void WorkOfNodeFailed(ILogger logger, NodeId node, string work, Exception exception);

    [LoggerMessage(1611, LogLevel.Warning, "The pools of this process: {Work} failed in the background")]
    public static partial void WorkOfPoolsFailed(ILogger logger, string work, Exception exception);
}
