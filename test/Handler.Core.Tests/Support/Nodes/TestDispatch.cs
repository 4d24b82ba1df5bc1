using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests;

/// <summary>The objects of a dispatcher without threads and processes. Tests use them from one thread, so the gate is not taken.</summary>
internal sealed class TestDispatch
{
    private readonly HandlerOptions options;
    private readonly WorkerCommand command;

    public TestDispatch(Action<HandlerOptions>? configure = null)
    {
        options = new HandlerOptions { MaxWorkers = 4, MinWorkers = 0, SpareWorkers = 0 };
        configure?.Invoke(options);
        var log = new DispatcherLog(Logger);
        command = new WorkerCommand("worker", ["worker", "--now"], []);
        Workers = new WorkerSet(options.MaxWorkers, options.MaxMemoryBytes);
        SendAhead = new SendAhead(options.MaxSentAhead, Workers.Queue);
        Threads = new NodeThreads(new ScriptedPlatform(static (_, _) => { }), log);
        var inline = new InlineContinuations(enabled: false, Wakes.Add);
        BackOff = new StartBackOff(StopwatchTime.Ticks(options.StartTimeout));
        Starts = new WorkerStarts(
            Workers, options, BackOff, command, Threads, inline, log, Wakes.Add, static _ => null!); // no thread is started
        Retirement = new WorkerRetirement(Workers, Starts, SendAhead, options.Recycling, Wakes.Add);
        Assignment = new Assignment(Workers, Retirement, SendAhead, Wakes.Add);
        Sessions = new SessionMemory(new LinuxPlatform().OpenSessions());
        Checks = new WorkerChecks(options, Retirement, SendAhead, Sessions, log);
        Sender = new JobSender(Threads.LargeSends);
        Delivery = new OutcomeDelivery(Threads);
        var ended = new ExitedWorkers(Workers, SendAhead, options.MaxWorkers);
        Lifecycle = new WorkerLifecycle(Workers, Starts, Retirement, ended, Assignment, Sender, Delivery, Threads.Outcomes, log);
    }

    public RecordingLogger Logger { get; } = new();

    public WorkerSet Workers { get; }

    public SendAhead SendAhead { get; }

    public NodeThreads Threads { get; }

    public StartBackOff BackOff { get; }

    public WorkerStarts Starts { get; }

    public WorkerRetirement Retirement { get; }

    public Assignment Assignment { get; }

    public SessionMemory Sessions { get; }

    public WorkerChecks Checks { get; }

    public JobSender Sender { get; }

    public OutcomeDelivery Delivery { get; }

    public WorkerLifecycle Lifecycle { get; }

    /// <summary>The times by which the watchdog was asked to check.</summary>
    public List<long> Wakes { get; } = [];

    /// <summary>What the thread of a worker needs, if its process is one of the given platform.</summary>
    public WorkerThreadPorts PortsOn(IPlatform platform) => new()
    {
        Platform = platform,
        Command = command,
        SetupFrame = RequestFrame.Setup([]),
        MaxPayloadBytes = options.PayloadLimit,
        Queue = Workers.Queue,
        Lifecycle = Lifecycle,
        Responses = new WorkerResponses(Workers, Assignment, Retirement, SendAhead, Wakes.Add),
        Sender = Sender,
        Delivery = Delivery,
    };

    /// <summary>Adds an idle worker.</summary>
    public Worker AddIdle(int jobsAllowed = int.MaxValue, long replaceAt = long.MaxValue)
    {
        var worker = TestWorkers.New(Workers.Staying, jobsAllowed, replaceAt, queue: Workers.Queue);
        Workers.Add(worker);
        Workers.MakeIdle(worker);
        return worker;
    }

    /// <summary>Adds a worker that is starting, without a process.</summary>
    public Worker AddStarting()
    {
        var worker = TestWorkers.New(Workers.Staying, queue: Workers.Queue);
        worker.Process = null;
        Workers.Add(worker);
        return worker;
    }

    /// <summary>Adds a busy worker that has no job left.</summary>
    public Worker AddBusyWithoutJob()
    {
        var job = new TestJob(0);
        var worker = AddBusy(0, job);
        worker.Remove(job);
        return worker;
    }

    /// <summary>Adds jobs that wait.</summary>
    public void Enqueue(params Job[] jobs)
    {
        foreach (var job in jobs)
            Workers.Queue.AddLast(job);
    }

    /// <summary>Adds a busy worker whose jobs were assigned at a given time.</summary>
    public Worker AddBusy(long assignedAt, params Job[] jobs)
    {
        AddIdle();
        var worker = Workers.TakeIdle()!;
        foreach (var job in jobs)
            worker.Assign(job, assignedAt);
        return worker;
    }
}
