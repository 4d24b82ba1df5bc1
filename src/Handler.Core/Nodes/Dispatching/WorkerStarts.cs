using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Nodes;

/// <summary>
/// Starts workers, as many as are wanted, and delays further starts while they fail. All members require the gate, unless they say
/// otherwise.
/// </summary>
/// <param name="workers">The workers so far.</param>
/// <param name="options">The node's options.</param>
/// <param name="backOff">Delays starts while they fail.</param>
/// <param name="command">How a worker process is started, for messages.</param>
/// <param name="threads">Starts the workers' threads.</param>
/// <param name="inline">Inline continuations.</param>
/// <param name="log">The log.</param>
/// <param name="wakeWatchdogBy">Ensures that the watchdog's next check comes no later than a given time.</param>
/// <param name="createThread">Creates the thread that will serve a worker.</param>
internal sealed class WorkerStarts(
    WorkerSet workers,
    HandlerOptions options,
    StartBackOff backOff,
    WorkerCommand command,
    NodeThreads threads,
    InlineContinuations inline,
    DispatcherLog log,
    Action<long> wakeWatchdogBy,
    Func<Worker, IWorkerThread> createThread)
{
    private readonly WorkerPlan plan = new(options.MinWorkers, options.MaxWorkers, options.SpareWorkers);
    private readonly TaskCompletionSource firstReady = new();

    /// <summary>
    /// Completes when the first worker is ready, or fails with the reason why none will be. Its continuations run on the thread for
    /// outcomes. Needs no gate.
    /// </summary>
    public Task FirstReady => firstReady.Task;

    /// <summary>Whether there are more workers than wanted, so that an idle one may end.</summary>
    public bool HasTooMany => plan.HasTooMany(workers.Busy, workers.Queue.Count, workers.Staying.Count);

    /// <summary>Why the last start failed.</summary>
    public string FailureReason => backOff.Reason;

    /// <summary>Whether workers may be started now.</summary>
    public bool AreAllowed(long now) => backOff.Allows(now);

    /// <summary>Whether waiting jobs have no worker to expect: starts have kept failing, and no worker is left.</summary>
    public bool HaveGivenUp(long now) => workers.All.Count == 0 && backOff.HasGivenUp(now);

    /// <summary>Starts the workers that are wanted and missing.</summary>
    public void StartMissing()
    {
        var count = plan.ToStart(workers.Busy, workers.Queue.Count, workers.Staying.Count);
        if (count == 0 || workers.Closing || !backOff.Allows(Stopwatch.GetTimestamp()))
            return;
        for (; count > 0; count--)
            StartOne();
    }

    /// <summary>Called when a worker has become ready.</summary>
    public void Succeeded(Worker worker)
    {
        backOff.Succeeded();
        log.WorkerReady(worker.Process!.Pid, (worker.ReadyAt - worker.StartedAt) / 1_000_000.0);
        if (!firstReady.Task.IsCompleted)
            threads.Outcomes.Post(() => firstReady.TrySetResult());
    }

    /// <summary>Called when the system refused to start a worker, or when it exited before it was ready.</summary>
    public void Failed(string reason)
    {
        if (backOff.Failed(Stopwatch.GetTimestamp(), reason, out var next))
            log.StartFailed(reason);
        wakeWatchdogBy(next);
        if (!firstReady.Task.IsCompleted)
            threads.Outcomes.Post(() => firstReady.TrySetException(new WorkerStartException(reason)));
    }

    /// <summary>Called when a worker exited before it was ready.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="status">How it exited.</param>
    /// <param name="standardError">What it wrote.</param>
    public void Failed(Worker worker, ExitStatus status, string standardError)
    {
        var how = WorkerExit.How(worker.Kill, status);
        var wrote = WorkerExit.Wrote(standardError);
        Failed($"A worker process did not become ready: {how}. It was started as: {string.Join(' ', command.Arguments)}.{wrote}");
    }

    private void StartOne()
    {
        var now = Stopwatch.GetTimestamp();
        var recycling = options.Recycling;
        var worker = new Worker(workers.Staying, inline, workers.Queue)
        {
            StartedAt = now,
            MaxGrowthBytes = recycling.MaxGrowthBytes,
            MaxPayloadBytes = options.PayloadLimit,
            MayAbandon = options.MaxSilence > TimeSpan.Zero,
            JobsAllowed = recycling.MaxJobs == 1 ? 1 : (int)Math.Clamp(Spread(recycling.MaxJobs), 1, int.MaxValue),
            ReplaceAt = now + (long)Spread(StopwatchTime.Ticks(recycling.MaxAge)),
        };
        workers.Add(worker);
        wakeWatchdogBy(now + StopwatchTime.Ticks(options.StartTimeout));

        // Starting a thread blocks until it runs, and nothing under the gate may block.
        worker.Thread = createThread(worker);
        threads.Starter.StartNew(worker.Thread);
    }

    /// <summary>± 10 %, so that workers started together are not replaced together.</summary>
    private static double Spread(double value) => value * (0.9 + (0.2 * Random.Shared.NextDouble()));
}
