using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>The log lines about workers and the node's threads. <see cref="RetiresOnRequest"/> requires the gate.</summary>
internal sealed partial class DispatcherLog(ILogger logger)
{
    private readonly RetireNotices retireNotices = new();

    /// <summary>Logs that a worker asked to be replaced because a job has left something behind.</summary>
    public void RetiresOnRequest(int pid, string reason)
    {
        reason = RetireNotices.Printable(reason);
        if (retireNotices.IsDue(reason, Stopwatch.GetTimestamp()))
            JobCostsWorker(pid, reason);
        else
            WorkerRetires(pid, reason);
    }

    [LoggerMessage(1001, LogLevel.Debug, "Worker {Pid} is ready after {Milliseconds:0.0} ms")]
    public partial void WorkerReady(int pid, double milliseconds);

    [LoggerMessage(1002, LogLevel.Debug, "Worker {Pid} is being replaced: {Reason}")]
    private partial void WorkerRetires(int pid, string reason);

    [LoggerMessage(
        1006,
        LogLevel.Warning,
        "Worker {Pid} is being replaced: {Reason}. "
            + "Each such job costs a process; this is logged once a minute. docs/limits.md lists what a job may leave behind"
    )]
    private partial void JobCostsWorker(int pid, string reason);

    [LoggerMessage(1003, LogLevel.Debug, "Worker {Pid} exited: {How}")]
    public partial void WorkerEnded(int pid, string how);

    [LoggerMessage(1005, LogLevel.Critical, "Handler failed while it served worker {Pid}; the worker is killed")]
    public partial void ThreadFailed(int pid, Exception exception);

    [LoggerMessage(1008, LogLevel.Error, "An outcome was delivered, but its caller's code may continue late")]
    public partial void ReleaseFailed(Exception exception);

    [LoggerMessage(1007, LogLevel.Critical, "Handler failed while it started threads or served workers; it continues")]
    public partial void HelperFailed(Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "A worker could not be started: {Reason}")]
    public partial void StartFailed(string reason);
}
