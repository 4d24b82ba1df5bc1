using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>What the watchdog does each time it wakes. Takes the gate.</summary>
/// <param name="groups">The workers.</param>
/// <param name="checks">Checks one worker.</param>
/// <param name="sessions">Measures the processes that jobs have started.</param>
/// <param name="sender">Sends the jobs that were assigned.</param>
/// <param name="takeOver">Gives a worker another thread; called without the gate.</param>
internal sealed class WatchdogChecks(
    WorkerGroups groups, WorkerChecks checks, SessionMemory sessions, JobSender sender, Action<IWorkerThread> takeOver)
{
    /// <summary>Checks everything that is due.</summary>
    /// <returns>When to check again, in Stopwatch ticks.</returns>
    public long Check(long now)
    {
        sessions.Measure(now);
        sessions.Clear();
        List<IWorkerThread>? takenOver = null;
        List<(IWorkerProcess, Job)>? sends;
        var next = long.MaxValue;
        lock (groups.Totals.Gate)
        {
            var workers = groups.Totals.Workers;
            for (var i = workers.Count - 1; i >= 0; i--)
            {
                var worker = workers[i];
                next = Math.Min(next, checks.Check(worker, now));
                if (worker.Inline.TryTakeOver(now, out var limit))
                    (takenOver ??= []).Add(worker.Thread!);
                next = Math.Min(next, limit);
            }

            groups.StartMissing();
            if (groups.OfProfiles.Any(profile => !profile.Starts.AreAllowed(now)))
                next = Math.Min(next, now + Tuning.Workers.FirstStartDelay);
            sends = groups.AssignWaiting();
        }

        sender.SendAll(sends);
        takenOver?.ForEach(takeOver);
        return next;
    }
}
