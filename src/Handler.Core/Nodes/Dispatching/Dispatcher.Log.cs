using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

internal sealed partial class Dispatcher
{
    private readonly RetireNotices retireNotices = new();

    /// <summary>Logs that a worker asked to be replaced because a job has left something behind.</summary>
    private void LogRetirement(int pid, string reason)
    {
        reason = RetireNotices.Printable(reason);
        if (retireNotices.IsDue(reason, Stopwatch.GetTimestamp()))
            LogJobCostsWorker(pid, reason);
        else
            LogWorkerRetires(pid, reason);
    }

    [LoggerMessage(1001, LogLevel.Debug, "Worker {Pid} is ready after {Milliseconds:0.0} ms")]
    private partial void LogWorkerReady(int pid, double milliseconds);

    [LoggerMessage(1002, LogLevel.Debug, "Worker {Pid} is being replaced: {Reason}")]
    private partial void LogWorkerRetires(int pid, string reason);

    [LoggerMessage(1006, LogLevel.Warning, "Worker {Pid} is being replaced: {Reason}. Each such job costs a process; this is logged once a minute. docs/limits.md lists what a job may leave behind")]
    private partial void LogJobCostsWorker(int pid, string reason);

    [LoggerMessage(1003, LogLevel.Debug, "Worker {Pid} ended: {How}")]
    private partial void LogWorkerEnded(int pid, string how);

    [LoggerMessage(1005, LogLevel.Critical, "Handler failed while it served worker {Pid}; the worker is killed")]
    private partial void LogThreadFailed(int pid, Exception exception);

    [LoggerMessage(1008, LogLevel.Error, "An outcome was delivered, but its caller's code may continue late")]
    private partial void LogReleaseFailed(Exception exception);

    [LoggerMessage(1007, LogLevel.Critical, "Handler failed while it started threads or served workers; it continues")]
    private partial void LogHelperFailed(Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "A worker could not be started: {Reason}")]
    private partial void LogStartFailed(string reason);
}
