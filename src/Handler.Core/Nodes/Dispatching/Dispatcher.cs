using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>
/// Assigns jobs to worker processes. An idle worker gets a job immediately, written by the caller's own thread. While all workers
/// are busy, jobs wait in one queue, and a worker that answers gets several small ones in one write (sent ahead). Jobs that it has not
/// started are taken back as soon as the job before them proves slow, so that nothing waits behind a slow job.
/// </summary>
/// <remarks>
/// One gate guards all state; nothing blocks while holding it. Five files: submitting (this one), answers and the next jobs of a worker
/// (Dispatcher.Answers.cs), the lifecycle of workers (Dispatcher.Workers.cs), the watchdog's checks (Dispatcher.Watch.cs), and log lines
/// (Dispatcher.Log.cs).
/// </remarks>
internal sealed partial class Dispatcher
{
    /// <summary>
    /// A worker that gets its next job within this time after its last one, in ns, will probably get the one after it as soon. Both sides
    /// then stay awake for it, as long as there are two processors for each busy worker.
    /// </summary>
    private const long NextIsNear = 50_000;

    private readonly Lock gate = new();
    private readonly JobQueue queue = new();
    private readonly List<Worker> workers = [];
    private readonly List<Worker> idle = [];
    private readonly WorkerPlan plan;
    private readonly StayingWorkers headcount = new();
    private readonly ILogger logger;
    private readonly ISessions sessions;
    private readonly Action<long> wakeWatchdogBy;
    private readonly ThreadStarter starter;
    private readonly OutcomeThread outcomes;
    private readonly LargeSends large;
    private int busy;
    private bool closing;

    public Dispatcher(HandlerOptions options, IPlatform platform, WorkerCommand command, byte[] setup, ILogger logger, Action<long> wakeWatchdogBy)
    {
        Options = options;
        Platform = platform;
        Command = command;
        SetupFrame = RequestFrame.Setup(setup);
        this.logger = logger;
        this.wakeWatchdogBy = wakeWatchdogBy;
        sessions = platform.OpenSessions();
        starter = new ThreadStarter(platform, LogHelperFailed);
        outcomes = new OutcomeThread(platform, ReleaseFailed);
        large = new LargeSends(platform, LogHelperFailed);
        backOff = new StartBackOff(Ticks(options.StartTimeout));
        plan = new WorkerPlan(options.MinWorkers, options.MaxWorkers, options.SpareWorkers);
    }

    public HandlerOptions Options { get; }

    public IPlatform Platform { get; }

    public WorkerCommand Command { get; }

    public byte[] SetupFrame { get; }

    /// <summary>Submits a job: it starts, waits or is refused, and gets an outcome in each case.</summary>
    /// <exception cref="ObjectDisposedException">The handler is closing.</exception>
    public void Submit(Job job)
    {
        Worker? target = null;
        JobFailure? refusal = null;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closing, typeof(IHandler));
            if (job.Stopped is { } stopped)
                refusal = stopped;
            else if (!(job.Shares && QuickOneIsNear()) && TakeIdle() is { } worker)
                Assign(target = worker, job);
            else if (!job.HasPlace && queue.Count >= Options.MaxQueuedJobs)
                refusal = new JobRejected("node", RejectReason.QueueFull, 1, queue.Count, Options.MaxQueuedJobs);
            else
                Enqueue(job);
            job.Decided = refusal is not null;
        }

        if (target is not null)
            Send(target.Process!, job);
        if (refusal is null)
            return;
        job.SetFailure(refusal, null, null);
        job.ReleaseHere(); // no code waits for it yet: its caller gets the task after this
    }

    /// <summary>Cancels a job for its caller: a waiting job is dropped, a running one is killed after its grace period.</summary>
    /// <param name="job">The job.</param>
    /// <param name="token">The token that its caller has canceled.</param>
    public void Cancel(Job job, CancellationToken token) => Stop(job, CallerCancelled(token), job.Limits.CancellationGrace);

    /// <summary>Drops a waiting job, or kills a running one.</summary>
    /// <param name="job">A job that may have ended in the meantime, or is not submitted yet.</param>
    /// <param name="why">
    /// The outcome that its caller gets, if no earlier stop counts. It replaces an earlier cancellation whose grace period is not over.
    /// </param>
    /// <returns>Whether the job ends this way; <see langword="false"/> if its outcome is already decided.</returns>
    public bool Kill(Job job, JobKilled why) => Stop(job, why, TimeSpan.Zero);

    private bool Stop(Job job, JobKilled why, TimeSpan grace)
    {
        List<(IWorkerProcess, Job)>? sends = null;
        lock (gate)
        {
            if (job.Decided || !job.TryStop(why, atOnce: grace == TimeSpan.Zero))
                return false;
            if (job.Queued)
            {
                queue.Remove(job);
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
                // The worker will find the job taken back and send no answer, so nothing else makes it idle again.
                OnDrained(worker);
                sends = AssignWaiting();
            }

            job.Decided = true;
        }

        SendAll(sends);
        Decide(job, why);
        return true;
    }

    private bool StopRunning(Job job, JobFailure why, TimeSpan grace)
    {
        var claim = job.Worker!.Claim(job);

        // According to the claim. The watchdog ensures that the answer arrives, and the worker may already run the next job.
        var hasFinished = claim == SharedPage.Finished;
        if (grace == TimeSpan.Zero && !hasFinished)
            return job.Worker.TryCondemn(job, claim, why);

        job.KillAt = Stopwatch.GetTimestamp() + Ticks(grace);
        wakeWatchdogBy(job.KillAt);
        if (hasFinished)
            return false;
        job.ToldToEnd = true;
        job.Worker.AskToCancel(job);
        return true;
    }

    private void Decide(Job job, JobFailure verdict)
    {
        job.SetFailure(verdict, null, null);
        Release(job);
    }

    /// <summary>Ends a job that was never submitted.</summary>
    public void Refuse(Job job, JobFailure why) => Decide(job, why);

    /// <summary>Delivers a job's outcome to its caller. Never throws, because the calling thread serves other jobs too.</summary>
    public void Release(Job job)
    {
        try
        {
            job.Release();
        }
        catch (Exception exception)
        {
            ReleaseFailed(exception);
        }
    }

    /// <summary>
    /// Called when an outcome is set, but queuing its caller's code threw because the thread pool was refused a thread. The code is in the queue
    /// anyway.
    /// </summary>
    public void ReleaseFailed(Exception exception)
    {
        if (exception is OutOfMemoryException)
            starter.ThreadPoolWasRefused();
        LogReleaseFailed(exception);
    }

    /// <summary>Timers that need no thread-pool thread.</summary>
    public TimeProvider Time => starter.Timers;

    /// <summary>Delivers the outcomes whose callers' code would otherwise run on the delivering thread.</summary>
    public OutcomeThread Outcomes => outcomes;

    public static JobKilled CallerCancelled(CancellationToken token = default) => new(KillCause.CallerCancelled, "The caller cancelled the job") { Token = token };

    private void Enqueue(Job job)
    {
        queue.AddLast(job);
        if (idle.Count > 0)
            wakeWatchdogBy(Stopwatch.GetTimestamp() + TickInterval);
        StartWhatIsWanted();
    }

    /// <summary>
    /// Whether a busy worker will take the job sooner than an idle one would wake up, which takes about 50 µs. If it turns out to be
    /// slower than before, the watchdog's next tick gives the waiting jobs to idle workers.
    /// </summary>
    private bool QuickOneIsNear() => queue.Count < (quick + gathering) * Options.MaxSentAhead;

    /// <summary>An idle worker, if one more may be busy.</summary>
    private Worker? TakeIdle()
    {
        if (idle.Count == 0 || busy >= Options.MaxWorkers)
            return null;
        var at = idle.Count - 1; // the one used last is the warmest
        while (at > 0 && idle[at].Loan.IsKept)
            at--;
        var worker = idle[at];
        if (worker.Loan.IsKept)
            worker = idle[at = idle.Count - 1];
        idle.RemoveAt(at);
        busy++;
        return worker;
    }

    private void Assign(Worker worker, Job job)
    {
        var now = Stopwatch.GetTimestamp();
        worker.ExpectNext(queue.Count == 0 && worker.JobCount == 0 && now - worker.IdleSince < NextIsNear && busy * 2 <= Environment.ProcessorCount);
        worker.Assign(job, now);
        wakeWatchdogBy(FirstLook(job, now));
        if (worker.JobsTaken >= worker.JobsAllowed)
            Age(worker, now);
    }

    /// <summary>Gives waiting jobs to idle workers.</summary>
    /// <returns>The requests to send after the gate is left.</returns>
    private List<(IWorkerProcess Process, Job Job)>? AssignWaiting()
    {
        List<(IWorkerProcess, Job)>? sends = null;
        while (queue.Count > 0 && TakeIdle() is { } worker)
        {
            var job = queue.RemoveFirst();
            Assign(worker, job);
            (sends ??= []).Add((worker.Process!, job));
        }

        return sends;
    }

    /// <summary>Sends one job to a worker that waits for it. Never blocks.</summary>
    public void Send(IWorkerProcess process, Job job)
    {
        var length = RequestFrame.LengthOf(job);
        if (length > Worker.MaxSharedBytes)
        {
            large.Send(process, job);
            return;
        }

        Span<byte> frame = stackalloc byte[length];
        RequestFrame.Write(job, frame);
        job.SentAfter = process.SentBytes;
        process.Send(frame);
    }

    private void SendAll(List<(IWorkerProcess Process, Job Job)>? sends)
    {
        foreach (var (process, job) in sends ?? [])
            Send(process, job);
    }

    internal static long Ticks(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
