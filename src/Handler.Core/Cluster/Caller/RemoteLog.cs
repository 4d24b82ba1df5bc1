using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>The log messages of a caller's side.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(1311, LogLevel.Debug, "Call {Call} got no reply")]
    public static partial void NoReply(ILogger logger, Exception exception, CallId call);

    [LoggerMessage(1312, LogLevel.Warning, "Call {Call} could not be detached; it ends with this process")]
    public static partial void CannotDetach(ILogger logger, CallId call);

    [LoggerMessage(1313, LogLevel.Warning, "Call {Call} could not be stopped: no node can be reached. "
        + "It ends when its node gets no more polls for it")]
    public static partial void CannotStop(ILogger logger, CallId call);

    [LoggerMessage(1314, LogLevel.Error, "Work in the background of this client failed: {Work}")]
    public static partial void BackgroundFailed(ILogger logger, string work, Exception exception);
}
