using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>The log messages of a node of a cluster.</summary>
internal static partial class ClusterNodeLog
{
    [LoggerMessage(1201, LogLevel.Error, "Call {Call} could not be run")]
    public static partial void CannotRun(ILogger logger, Exception exception, CallId call);

    [LoggerMessage(1202, LogLevel.Warning, "{Count} jobs had not ended after the grace period of {Grace} and are killed")]
    public static partial void KillsRest(ILogger logger, int count, TimeSpan grace);

    [LoggerMessage(1204, LogLevel.Warning, "Call {Call} was handed over to another node, which has not replied")]
    public static partial void CannotHandOver(ILogger logger, Exception exception, CallId call);

    [LoggerMessage(1205, LogLevel.Warning, "This node was unresponsive for {Seconds:0.0} s: its process was stopped, "
        + "or got no CPU time. It now reads what its callers have sent meanwhile")]
    public static partial void WasUnresponsive(ILogger logger, double seconds);

    [LoggerMessage(1206, LogLevel.Warning, "This node was unresponsive, and cannot read the membership to check "
        + "whether it was declared dead meanwhile")]
    public static partial void CannotTellIfDead(ILogger logger, Exception exception);

    [LoggerMessage(1207, LogLevel.Error, "Work in the background of this node failed: {Work}")]
    public static partial void BackgroundFailed(ILogger logger, string work, Exception exception);
}
