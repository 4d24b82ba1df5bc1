using System.Collections.Immutable;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests;

/// <summary>
/// A platform whose workers are objects of the test. Each handles a request as its script says, immediately or when the test
/// tells it to. Everything else is the real engine.
/// </summary>
internal sealed class ScriptedPlatform(Action<ScriptedWorker, RequestHead> script) : IPlatform
{
    private readonly LinuxPlatform real = new();
    private CountingAlarm? alarm;
    private readonly Lock starting = new();
    private ImmutableList<ScriptedWorker> workers = [];
    private int failedStarts;

    /// <summary>
    /// The workers so far, in the order of their starts. The node may start more at any time; a list that was read does not change.
    /// </summary>
    public ImmutableList<ScriptedWorker> Workers => Volatile.Read(ref workers);

    /// <summary>How many starts have failed.</summary>
    public int FailedStarts => Volatile.Read(ref failedStarts);

    /// <summary>If set, starts of workers fail with this message.</summary>
    public string? StartFailure { get; set; }

    /// <summary>Whether a thread of this name is refused.</summary>
    public Predicate<string> RefusesThread { get; set; } = static _ => false;

    /// <summary>Workers that become ready and claim each job that they get. What follows is up to the test.</summary>
    public static ScriptedPlatform Claiming(Action<ScriptedWorker, RequestHead> claimed) => new((worker, head) =>
    {
        if (head.Kind == RequestKind.Setup)
            worker.Respond(ResponseKind.Ready, default, []);
        else if (worker.Claim(head))
            claimed(worker, head);
    });

    /// <summary>Workers whose jobs all fail.</summary>
    public static ScriptedPlatform Failing()
        => Claiming(static (worker, head) => worker.Respond(ResponseKind.Failure, head, new FailureBody("It", "is", "done").Write()));

    public Thread StartThread(string name, ThreadStart run, ThreadPriority priority)
        => RefusesThread(name) ? throw new IOException($"The thread {name} is refused.") : real.StartThread(name, run, priority);

    public string? WhyUnsupported() => null;

    public IWorkerProcess Start(WorkerCommand command)
    {
        if (StartFailure is { } failure)
        {
            Interlocked.Increment(ref failedStarts);
            throw new IOException(failure);
        }

        lock (starting)
        {
            var worker = new ScriptedWorker(1_000_000 + workers.Count, script) { Variables = command.Environment };
            Volatile.Write(ref workers, workers.Add(worker));
            return worker;
        }
    }

    public string? WhyNotSoMany(int workers, bool inNamespaces) => null;

    public IRoomWatch CreateRoomWatch() => real.CreateRoomWatch();

    public ControlGroups OpenControlGroups(ControlGroupMode mode, params IReadOnlyCollection<string> controllers)
        => real.OpenControlGroups(ControlGroupMode.Off);

    /// <summary>How often the watchdog has gone to sleep.</summary>
    public int Waits => alarm?.Waits ?? 0;

    public ISessions OpenSessions() => real.OpenSessions();

    public IAlarm CreateAlarm() => alarm = new CountingAlarm(real.CreateAlarm());

    private sealed class CountingAlarm(IAlarm real) : IAlarm
    {
        private int waits;

        public int Waits => Volatile.Read(ref waits);

        public void WaitUntil(long timestamp)
        {
            Interlocked.Increment(ref waits);
            real.WaitUntil(timestamp);
        }

        public void Ring() => real.Ring();

        public void Dispose() => real.Dispose();
    }
}
