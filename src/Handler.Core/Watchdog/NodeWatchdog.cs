using System.Diagnostics;
using Handler.Platform;

namespace Handler.Watchdog;

/// <summary>
/// The thread that keeps a node's deadlines. It sleeps until the next thing is due; whoever brings something that is due earlier
/// wakes it. A thread of its own, because pool timers are late by up to 27 ms when the machine is busy.
/// </summary>
internal sealed class NodeWatchdog : IDisposable
{
    private readonly IAlarm alarm;
    private readonly Func<long, long> check;
    private readonly Thread thread;
    private long plannedAt;
    private volatile bool ending;

    /// <param name="platform">Gives the alarm.</param>
    /// <param name="check">Looks at everything that is due at a time, and answers when to look again.</param>
    public NodeWatchdog(IPlatform platform, Func<long, long> check)
    {
        alarm = platform.CreateAlarm();
        this.check = check;
        thread = new Thread(Run) { IsBackground = true, Name = "Handler watchdog", Priority = ThreadPriority.Highest };
    }

    public void Start() => thread.Start();

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
        if (thread.IsAlive)
            thread.Join();
        alarm.Dispose();
    }

    private void Run()
    {
        while (!ending)
        {
            // Whoever asks for a time from here on finds it later than his own and rings.
            Volatile.Write(ref plannedAt, long.MaxValue);
            PlanBy(check(Stopwatch.GetTimestamp()));
            alarm.WaitUntil(Volatile.Read(ref plannedAt));
        }
    }

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
