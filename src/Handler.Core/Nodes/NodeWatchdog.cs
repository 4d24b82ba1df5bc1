using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>
/// The thread that keeps a node's deadlines. It sleeps until the next thing is due; whoever brings something that is due earlier
/// wakes it. A thread of its own, because pool timers are late by up to 27 ms when the machine is busy.
/// </summary>
internal sealed partial class NodeWatchdog : IDisposable
{
    /// <summary>After what time it looks again when a look has failed, in Stopwatch ticks (ns).</summary>
    private const long RetryAfter = 100_000_000;

    private readonly ILogger logger;
    private readonly LogThrottle reminder = new(TimeProvider.System);
    private readonly IAlarm alarm;
    private readonly Func<long, long> check;
    private readonly IPlatform platform;
    private Thread? thread;
    private long plannedAt;
    private volatile bool ending;

    /// <param name="platform">Gives the alarm and the thread.</param>
    /// <param name="check">Looks at everything that is due at a time, and answers when to look again.</param>
    /// <param name="logger">Told when a look fails, at most once a minute.</param>
    public NodeWatchdog(IPlatform platform, Func<long, long> check, ILogger logger)
    {
        this.logger = logger;
        this.platform = platform;
        alarm = platform.CreateAlarm();
        this.check = check;
    }

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread = platform.StartThread("Handler watchdog", Run, ThreadPriority.Highest);

    /// <summary>Makes sure that it looks no later than at a time. Costs next to nothing when it will.</summary>
    public void WakeBy(long timestamp)
    {
        if (PlanBy(timestamp))
            alarm.Ring();
    }

    public void Dispose()
    {
        ending = true;
        alarm.Ring();
        thread?.Join();
        alarm.Dispose();
    }

    private void Run()
    {
        while (!ending)
        {
            // Whoever asks for a time from here on finds it later than his own and rings.
            Volatile.Write(ref plannedAt, long.MaxValue);
            PlanBy(Look());
            alarm.WaitUntil(Volatile.Read(ref plannedAt));
        }
    }

    /// <summary>An exception here would end the whole process, and nothing would be watched any more. So it goes on, whatever it was.</summary>
    private long Look()
    {
        try
        {
            return check(Stopwatch.GetTimestamp());
        }
        catch (Exception exception)
        {
            Report(exception);
            return Stopwatch.GetTimestamp() + RetryAfter;
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
            // A logger that throws must not end it either.
        }
    }

    [LoggerMessage(1301, LogLevel.Error, "The watchdog failed to look at what is due; it looks again every 100 ms. Further failures within a minute are not logged")]
    private partial void LogFailed(Exception exception);

    /// <returns>Whether that is earlier than what was planned.</returns>
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
