using System.Diagnostics;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Nodes;

/// <summary>
/// Starts the workers of a group, as many as are wanted, and delays further starts while they fail. All members require the gate.
/// </summary>
/// <param name="workers">The group.</param>
/// <param name="plan">How many there should be.</param>
/// <param name="node">What all groups use.</param>
internal sealed class WorkerStarts(WorkerGroup workers, WorkerPlan plan, NodeParts node)
{
    private readonly WorkerProfile profile = workers.Profile;

    /// <summary>Whether there are more workers than wanted, so that an idle one may end.</summary>
    public bool HasTooMany => plan.HasTooMany(workers.Busy, workers.Queue.Count, workers.Staying.Count);

    /// <summary>Why the last start failed.</summary>
    public string FailureReason => profile.BackOff.Reason;

    /// <summary>Whether workers may be started now.</summary>
    public bool AreAllowed(long now) => profile.BackOff.Allows(now);

    /// <summary>Whether waiting jobs have no worker to expect: starts have kept failing, and no worker is left.</summary>
    public bool HaveGivenUp(long now)
        => workers.All.Count == 0 && workers.Stock is null or { All.Count: 0 } && profile.BackOff.HasGivenUp(now);

    /// <summary>Whether a worker will become ready, or would be if there were room for it, or if starts did not fail.</summary>
    public bool AreExpected(long now) => workers.HasStarting || Missing > 0 || !AreAllowed(now);

    /// <summary>Starts the workers that are wanted and missing, as far as the node has room for them.</summary>
    public void StartMissing()
    {
        for (var count = Missing; count > 0; count--)
        {
            if (!TryStartOne())
                return;
        }
    }

    /// <summary>Starts a worker, if the node has room for it and no start has failed lately.</summary>
    public bool TryStartOne()
    {
        var now = Stopwatch.GetTimestamp();
        if (workers.Totals.Closing || !AreAllowed(now) || node.Turns?.MakesRoomFor(workers, now) == false)
            return false;
        Start(now);
        return true;
    }

    /// <summary>Starts a worker although there may be no room for it, to find out whether one can start.</summary>
    public void StartFirst()
    {
        if (!workers.Totals.Closing)
            Start(Stopwatch.GetTimestamp());
    }

    /// <summary>Called when a worker has become ready.</summary>
    public void Succeeded(Worker worker)
    {
        node.Turns?.Discharge(worker);
        profile.BackOff.Succeeded();
        node.Log.WorkerReady(worker.Process!.Pid, (worker.ReadyAt - worker.StartedAt) / 1_000_000.0);
        if (!profile.FirstReady.IsCompleted)
            node.Threads.Outcomes.Post(profile.SetReady);
    }

    /// <summary>Called when the system refused to start a worker, or when it exited before it was ready.</summary>
    public void Failed(string reason)
    {
        if (profile.BackOff.Failed(Stopwatch.GetTimestamp(), reason, out var next))
            node.Log.StartFailed(reason);
        node.WakeWatchdogBy(next);
        if (!profile.FirstReady.IsCompleted)
            node.Threads.Outcomes.Post(() => profile.SetFailed(reason));
    }

    /// <summary>Called when a worker exited before it was ready.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="status">How it exited.</param>
    /// <param name="standardError">What it wrote.</param>
    public void Failed(Worker worker, ExitStatus status, string standardError)
    {
        var how = WorkerExit.How(worker.KillThatEnded(status), status);
        var wrote = WorkerExit.Wrote(standardError);
        var whose = profile.Name == ProfileOptions.DefaultName ? "" : $" of profile {Excerpt.OfName(profile.Name)}";
        var command = string.Join(' ', profile.Command.Arguments);
        Failed($"A worker process{whose} did not become ready: {how}. It was started as: {command}.{wrote}");
    }

    private int Missing
        => plan.ToStart(workers.Busy, workers.Queue.Count, workers.Staying.Count + (workers.Stock?.Idle ?? 0));

    private void Start(long now)
    {
        var recycling = profile.Options.Recycling;
        var maxJobs = profile.Options.Sharing == WorkerSharing.Job ? 1 : recycling.MaxJobs;
        var worker = new Worker(workers, node.Inline)
        {
            StartedAt = now,
            MaxGrowthBytes = recycling.MaxGrowthBytes,
            MaxPayloadBytes = node.Options.PayloadLimit,
            MaxFileBytes = profile.Options.Hardening.MaxFileBytes,
            Filters = profile.Options.Hardening.Filters,
            MayAbandon = node.Options.MaxSilence > TimeSpan.Zero,
            JobsAllowed = maxJobs == 1 ? 1 : (int)Math.Clamp(Spread(maxJobs), 1, int.MaxValue),
            ReplaceAt = now + (long)Spread(StopwatchTime.Ticks(recycling.MaxAge)),
        };
        node.Turns?.Charge(worker, workers);
        workers.Add(worker);
        node.WakeWatchdogBy(now + StopwatchTime.Ticks(profile.Options.StartTimeout));

        // Starting a thread blocks until it runs, and nothing under the gate may block.
        worker.Thread = node.CreateThread(worker);
        node.Threads.Starter.StartNew(worker.Thread);
    }

    /// <summary>± 10 %, so that workers started together are not replaced together.</summary>
    private static double Spread(double value) => value * (0.9 + (0.2 * Random.Shared.NextDouble()));
}
