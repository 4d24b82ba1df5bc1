using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Wire;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>
/// Assigns jobs to worker processes. An idle worker gets a job immediately, written by the caller's own thread. While all workers
/// are busy, jobs wait in one queue, and a worker that responds gets several small ones in one write (sent ahead). Jobs that it has not
/// started are taken back as soon as the job before them proves slow, so that nothing waits behind a slow job.
/// </summary>
/// <remarks>
/// One lock, the gate (<see cref="NodeTotals.Gate"/>), guards the queue, the workers, and the changing parts of each <see cref="Job"/> and
/// <see cref="Worker"/>. Nothing blocks, sends, or runs a caller's code while it holds the gate.
/// <list type="bullet">
/// <item>These take the gate and are called without it: this class, <see cref="WorkerLifecycle"/> and <see cref="WorkerResponses"/> for the
/// workers' threads, and <see cref="WatchdogChecks"/> for the watchdog.</item>
/// <item>These require the gate: <see cref="WorkerGroups"/> with each <see cref="WorkerGroup"/> and its parts, <see cref="NodeTotals"/> and
/// <see cref="GroupTurns"/>.</item>
/// <item>These are called without the gate: <see cref="JobSender"/> and <see cref="OutcomeDelivery"/>.</item>
/// <item>These have locks of their own, or need none, and may be called with the gate or without: <see cref="NodeThreads"/>,
/// <see cref="InlineContinuations"/>, <see cref="DispatcherLog"/>, and the action that wakes the watchdog.</item>
/// </list>
/// </remarks>
internal sealed class Dispatcher
{
    private readonly HandlerOptions options;
    private readonly Lock gate;
    private readonly WorkerGroups groups;
    private readonly JobSender sender;
    private readonly OutcomeDelivery delivery;
    private readonly WorkerLifecycle lifecycle;
    private readonly WatchdogChecks checks;
    private readonly NodeThreads threads;
    private readonly InlineContinuations inline;
    private readonly Action<long> wakeWatchdogBy;

    /// <param name="options">The options of the node.</param>
    /// <param name="platform">Starts the workers.</param>
    /// <param name="profiles">How they are made; the first one is the default profile.</param>
    /// <param name="logger">The log.</param>
    /// <param name="wakeWatchdogBy">Ensures that the watchdog's next check comes no later than a given time.</param>
    public Dispatcher(
        HandlerOptions options,
        IPlatform platform,
        IReadOnlyList<WorkerProfile> profiles,
        ILogger logger,
        Action<long> wakeWatchdogBy)
    {
        this.options = options;
        this.wakeWatchdogBy = wakeWatchdogBy;
        var log = new DispatcherLog(logger);
        var sessions = new SessionMemory(platform.OpenSessions());
        threads = new NodeThreads(platform, log);
        inline = new InlineContinuations(options.InlineContinuations, wakeWatchdogBy);
        Totals = new NodeTotals(options.MaxWorkers);
        gate = Totals.Gate;
        groups = new WorkerGroups(profiles, new NodeParts
        {
            Options = options,
            Totals = Totals,
            Threads = threads,
            Inline = inline,
            Log = log,
            Turns = WorkerGroups.AreOne(profiles)
                ? null
                : new GroupTurns(
                    Totals, new NodeShares(options.MaxWorkers, options.MaxMemoryBytes), MaxProcesses(options), wakeWatchdogBy),
            WakeWatchdogBy = wakeWatchdogBy,
            CreateThread = worker => new WorkerThread(Ports!, worker),
        });
        sender = new JobSender(threads.LargeSends);
        delivery = new OutcomeDelivery(threads);
        lifecycle = new WorkerLifecycle(groups, sender, delivery, threads.Outcomes, log);
        var workerChecks = new WorkerChecks(sessions, log);
        checks = new WatchdogChecks(groups, workerChecks, sessions, sender, threads.Starter.TakeOver);
        Ports = new WorkerThreadPorts
        {
            Platform = platform,
            MaxPayloadBytes = options.PayloadLimit,
            Lifecycle = lifecycle,
            Responses = new WorkerResponses(groups, wakeWatchdogBy),
            Sender = sender,
            Delivery = delivery,
        };
    }

    /// <summary>What the workers' threads use.</summary>
    public WorkerThreadPorts Ports { get; }

    /// <summary>The counts of all workers and waiting jobs.</summary>
    public NodeTotals Totals { get; }

    /// <summary>Timers that need no thread-pool thread.</summary>
    public TimeProvider Time => threads.Starter.Timers;

    /// <summary>
    /// Decides whether the caller of the next job may continue inline on a worker's thread: it may if nothing runs or waits. Called without
    /// the gate, so the state that it sees is only a hint.
    /// </summary>
    /// <returns>
    /// The thread that delivers the job's outcome if the job ends elsewhere; <see langword="null"/> if the caller may not continue inline.
    /// </returns>
    public OutcomeThread? OutcomesIfInline => Totals.IsQuiet && inline.AreAllowed ? threads.Outcomes : null;

    /// <summary>Starts the node's own threads.</summary>
    /// <exception cref="IOException">The operating system refused a thread.</exception>
    public void StartThreads() => threads.Start();

    /// <inheritdoc cref="NodeThreads.End"/>
    public void EndThreads() => threads.End();

    /// <inheritdoc cref="ThreadStarter.Post"/>
    public void PostToStarter(Action start) => threads.Starter.Post(start);

    /// <summary>How many worker processes a node has at most, including spare ones.</summary>
    public static int MaxProcesses(HandlerOptions options)
        => options.MaxWorkers + options.SpareWorkers + options.Profiles.Values.Sum(static profile => profile.SpareWorkers);

    /// <summary>
    /// Starts the first workers of each profile, one profile after the other. Completes when each has shown that a worker of it can start.
    /// The default profile does so only if it keeps workers warm.
    /// </summary>
    /// <exception cref="WorkerStartException">A worker could not be started, or did not become ready.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        foreach (var profile in groups.OfProfiles)
        {
            var isDefault = profile.Profile.Name == ProfileOptions.DefaultName;
            lifecycle.Open(profile, atLeastOne: !isDefault);
            if (isDefault && options.MinWorkers + options.SpareWorkers == 0)
                continue;
            await profile.Profile.FirstReady.WaitAsync(cancellationToken).ConfigureAwait(false);
            lifecycle.Opened(profile);
        }
    }

    /// <inheritdoc cref="WorkerLifecycle.Close"/>
    public void Close(Action closed)
    {
        lifecycle.Close(closed);
        if (!threads.Outcomes.IsStarted)
            threads.Outcomes.DoWaiting(); // the start failed before the thread for outcomes was started
    }

    /// <inheritdoc cref="WatchdogChecks.Check"/>
    public long Check(long now) => checks.Check(now);

    /// <inheritdoc cref="WorkerLifecycle.Pids"/>
    public List<int> WorkerPids() => lifecycle.Pids();

    /// <summary>Submits a job: it starts, waits or is refused, and gets an outcome in each case.</summary>
    /// <exception cref="ObjectDisposedException">The handler is closing.</exception>
    public void Submit(Job job)
    {
        Worker? target = null;
        JobFailure? refusal = null;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(Totals.Closing, typeof(IHandler));
            if (job.Stopped is { } stopped)
                refusal = stopped;
            else if (groups.Find(job) is not { } group)
                refusal = new JobRejected(job.Chain!.Pool, RejectReason.NoSuchProfile, 1, 0, 0) { Detail = job.Chain.Profile };
            else if ((job.Shares && group.SendAhead.IsWaitingFaster) || (target = group.Assignment.TryAssign(job)) is null)
                refusal = TryEnqueue(job, group);
            job.Decided = refusal is not null;
        }

        if (target is not null)
            sender.Send(target.Process!, job);
        if (refusal is null)
            return;
        job.SetFailure(refusal, null, null);
        job.ReleaseInline(); // no code waits for it yet: its caller gets the task after this
    }

    /// <summary>Cancels a job for its caller: a waiting job is dropped, a running one is killed after its grace period.</summary>
    /// <param name="job">The job.</param>
    /// <param name="token">The token that its caller has cancelled.</param>
    public void Cancel(Job job, CancellationToken token) => Stop(job, JobKilled.CallerCancelled(token), job.Limits.CancellationGrace);

    /// <summary>Drops a waiting job, or kills a running one.</summary>
    /// <param name="job">A job that may have ended in the meantime, or is not submitted yet.</param>
    /// <param name="why">
    /// The outcome that its caller gets, if no earlier stop counts. It replaces an earlier cancellation whose grace period is not over.
    /// </param>
    /// <returns>Whether the job ends this way; <see langword="false"/> if its outcome is already decided.</returns>
    public bool Kill(Job job, JobKilled why) => Stop(job, why, TimeSpan.Zero);

    /// <summary>Ends a job that was never submitted.</summary>
    public void Refuse(Job job, JobFailure why) => delivery.Deliver(job, why);

    /// <returns>Why the job may not wait; <see langword="null"/> if it waits.</returns>
    private JobRejected? TryEnqueue(Job job, WorkerGroup group)
    {
        if (!job.HasPlace && Totals.Queued >= options.MaxQueuedJobs)
        {
            groups.ForgetIfEmpty(group);
            return new JobRejected(null, RejectReason.QueueFull, 1, Totals.Queued, options.MaxQueuedJobs);
        }

        job.Set = group;
        group.Queue.AddLast(job);
        if (group.HasIdle)
            wakeWatchdogBy(Stopwatch.GetTimestamp() + Tuning.SendAhead.CheckInterval);
        group.Starts.StartMissing();
        return null;
    }

    private bool Stop(Job job, JobKilled why, TimeSpan grace)
    {
        List<(IWorkerProcess, Job)>? sends = null;
        lock (gate)
        {
            if (job.Decided || !job.TryStop(why, immediately: grace == TimeSpan.Zero))
                return false;
            if (job.Queued)
            {
                job.Set.Queue.Remove(job);
                groups.ForgetIfEmpty((WorkerGroup)job.Set);
            }
            else if (job.Worker is not { } worker)
            {
                return true; // not submitted yet: Submit will refuse it
            }
            else if (!worker.TryRevoke(job))
            {
                return StopRunning(job, why, grace);
            }
            else if (worker is { JobCount: 0, State: WorkerState.Busy })
            {
                // The worker will find the job taken back and send no response, so nothing else makes it idle again.
                WorkerGroup.Of(worker).Retirement.NoJobLeft(worker);
                sends = groups.ServeWaiting();
            }

            job.Decided = true;
        }

        sender.SendAll(sends);
        delivery.Deliver(job, why);
        return true;
    }

    private bool StopRunning(Job job, JobFailure why, TimeSpan grace)
    {
        var claim = job.Worker!.Claim(job);

        // According to the claim. The watchdog ensures that the response arrives, and the worker may already run the next job.
        var hasFinished = claim == SharedPage.Finished;
        if (grace == TimeSpan.Zero && !hasFinished)
            return job.Worker.TryCondemn(job, claim, why);

        job.KillAt = Stopwatch.GetTimestamp() + StopwatchTime.Ticks(grace);
        wakeWatchdogBy(job.KillAt);
        if (hasFinished)
            return false;
        job.ToldToEnd = true;
        job.Worker.AskToCancel(job);
        return true;
    }
}
