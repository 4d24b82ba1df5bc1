using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests;

/// <summary>The objects of a dispatcher without threads and processes. Tests use them from one thread, so the gate is not taken.</summary>
internal sealed class TestDispatch
{
    private readonly HandlerOptions options;

    public TestDispatch(Action<HandlerOptions>? configure = null)
    {
        options = new HandlerOptions { MaxWorkers = 4, MinWorkers = 0, SpareWorkers = 0 };
        configure?.Invoke(options);
        var log = new DispatcherLog(Logger);
        Threads = new NodeThreads(new ScriptedPlatform(static (_, _) => { }), log);
        Sessions = new SessionMemory(new LinuxPlatform().OpenSessions());
        var profiles = ProfilesOf(options);
        var totals = new NodeTotals(options.MaxWorkers);
        Groups = new WorkerGroups(profiles, new NodeParts
        {
            Options = options,
            Totals = totals,
            Threads = Threads,
            Inline = new InlineContinuations(enabled: false, Wakes.Add),
            Log = log,
            Turns = WorkerGroups.AreOne(profiles)
                ? null
                : new GroupTurns(totals, new NodeShares(options.MaxWorkers, 1L << 30), Dispatcher.MaxProcesses(options), Wakes.Add),
            WakeWatchdogBy = Wakes.Add,
            CreateThread = static _ => null!, // no thread is started
        });
        Group = Groups.OfProfiles.First();
        Checks = new WorkerChecks(Sessions, log);
        Sender = new JobSender(Threads.LargeSends);
        Delivery = new OutcomeDelivery(Threads);
        Lifecycle = new WorkerLifecycle(Groups, Sender, Delivery, Threads.Outcomes, log);
        Responses = new WorkerResponses(Groups, Wakes.Add);
    }

    public RecordingLogger Logger { get; } = new();

    public WorkerGroups Groups { get; }

    /// <summary>The group of the default profile.</summary>
    public WorkerGroup Group { get; }

    public WorkerSet Workers => Group;

    public SendAhead SendAhead => Group.SendAhead;

    public NodeThreads Threads { get; }

    public StartBackOff BackOff => Group.Profile.BackOff;

    public WorkerStarts Starts => Group.Starts;

    public WorkerRetirement Retirement => Group.Retirement;

    public Assignment Assignment => Group.Assignment;

    public SessionMemory Sessions { get; }

    public WorkerChecks Checks { get; }

    public JobSender Sender { get; }

    public OutcomeDelivery Delivery { get; }

    public WorkerLifecycle Lifecycle { get; }

    public WorkerResponses Responses { get; }

    /// <summary>The times by which the watchdog was asked to check.</summary>
    public List<long> Wakes { get; } = [];

    /// <summary>What the thread of a worker needs, if its process is one of the given platform.</summary>
    public WorkerThreadPorts PortsOn(IPlatform platform) => new()
    {
        Platform = platform,
        MaxPayloadBytes = options.PayloadLimit,
        Lifecycle = Lifecycle,
        Responses = Responses,
        Sender = Sender,
        Delivery = Delivery,
    };

    /// <summary>Adds an idle worker.</summary>
    public Worker AddIdle(int jobsAllowed = int.MaxValue, long replaceAt = long.MaxValue)
    {
        var worker = TestWorkers.New(Workers, jobsAllowed, replaceAt);
        Workers.Add(worker);
        Workers.MakeIdle(worker);
        return worker;
    }

    /// <summary>Adds a worker that is starting, without a process.</summary>
    public Worker AddStarting()
    {
        var worker = TestWorkers.New(Workers);
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
        {
            job.Set = Group;
            Workers.Queue.AddLast(job);
        }
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

    /// <summary>The profiles of some options, whose workers no test starts as processes.</summary>
    public static WorkerProfile[] ProfilesOf(HandlerOptions options)
        => [.. options.AllProfiles.Select(static profile => ProfileOf(profile.Key, profile.Value))];

    private static WorkerProfile ProfileOf(string name, ProfileOptions profile)
        => new(name, profile, new WorkerCommand("worker", ["worker", "--now"], []), RequestFrame.Setup([]));
}
