using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>
/// The thread that keeps a node's deadlines. It sleeps until the next check is due; code that adds an earlier deadline
/// wakes it. It is a separate thread, because thread-pool timers are late by up to 27 ms when the machine is busy.
/// </summary>
internal sealed partial class NodeWatchdog : IDisposable
{
    private readonly ILogger logger;
    private readonly LogThrottle reminder = new(TimeProvider.System);
    private readonly IAlarm alarm;
    private readonly Func<long, long> check;
    private readonly IPlatform platform;
    private Thread? thread;
    private long plannedAt;
    private volatile bool stopping;

    /// <param name="platform">Provides the alarm and the thread.</param>
    /// <param name="check">Checks everything that is due at a given time, and returns when to check again.</param>
    /// <param name="logger">Logs failed checks, at most once a minute.</param>
    public NodeWatchdog(IPlatform platform, Func<long, long> check, ILogger logger)
    {
        this.logger = logger;
        this.platform = platform;
        alarm = platform.CreateAlarm();
        this.check = check;
    }

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread = platform.StartThread("Handler watchdog", Run, ThreadPriority.Highest);

    /// <summary>Ensures that the next check comes no later than a given time. Costs next to nothing if it already does.</summary>
    public void WakeBy(long timestamp)
    {
        if (PlanBy(timestamp))
            alarm.Ring();
    }

    public void Dispose()
    {
        stopping = true;
        alarm.Ring();
        thread?.Join();
        alarm.Dispose();
    }

    private void Run()
    {
        while (!stopping)
        {
            // From here on every WakeBy finds a later time than its own and rings.
            Volatile.Write(ref plannedAt, long.MaxValue);
            PlanBy(Look());
            alarm.WaitUntil(Volatile.Read(ref plannedAt));
        }
    }

    /// <summary>
    /// Runs the check. An exception that left this thread would end the whole process, so the watchdog continues after any exception.
    /// </summary>
    private long Look()
    {
        try
        {
            return check(Stopwatch.GetTimestamp());
        }
        catch (Exception exception)
        {
            Report(exception);
            return Stopwatch.GetTimestamp() + Tuning.Watch.RetryInterval;
        }
    }

    private void Report(Exception exception)
    {
        try
        {
            if (reminder.IsDue())
                LogFailed(exception);
        }
        catch (Exception)
        {
            // A logger that throws must not end the watchdog either.
        }
    }

    [LoggerMessage(
        1301,
        LogLevel.Error,
        "The watchdog's check failed; it is repeated every 100 ms. Further failures within a minute are not logged"
    )]
    private partial void LogFailed(Exception exception);

    /// <returns>Whether the time is earlier than the planned one.</returns>
    private bool PlanBy(long timestamp)
    {
        var planned = Volatile.Read(ref plannedAt);
        while (timestamp < planned)
        {
            var before = Interlocked.CompareExchange(ref plannedAt, timestamp, planned);
            if (before == planned)
                return true;
            planned = before;
        }

        return false;
    }
}
