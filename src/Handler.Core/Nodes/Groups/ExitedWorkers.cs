using System.Diagnostics;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// Decides about the jobs of a worker whose process has exited: each has an outcome, or returns to the queue because it has not started.
/// All members require the gate.
/// </summary>
internal sealed class ExitedWorkers(WorkerSet workers, SendAhead sendAhead, GroupTurns? turns, int maxWorkers)
{
    /// <summary>Removes a worker from all counts and lists.</summary>
    public void Remove(Worker worker)
    {
        turns?.Discharge(worker);
        if (workers.Remove(worker))
            sendAhead.Forget(worker);
    }

    /// <summary>Decides about all jobs of a worker.</summary>
    /// <param name="worker">The worker; already removed.</param>
    /// <param name="status">How its process exited.</param>
    /// <param name="standardError">The end of what it wrote.</param>
    /// <param name="lastWords">What it reported when it crashed.</param>
    /// <param name="decide">Called for each job that has an outcome, with the outcome and the time when it started.</param>
    public void Settle(Worker worker, ExitStatus status, string standardError, string lastWords, Action<Job, JobFailure, long?> decide)
    {
        var unstarted = new List<Job>();
        var started = worker.MayHaveStartedFirst() ? worker.First : null;
        foreach (var job in worker.Jobs().ToArray())
        {
            var claim = worker.Claim(job);
            if (!worker.TryRevoke(job))
            {
                worker.Remove(job);
                job.Decided = true;
                decide(job, Classifier.Classify(worker.EvidenceFor(job, status, lastWords)), StartOf(worker, job, claim));
            }
            else if (MayHandOver(worker, job, mayHaveStarted: job == started))
            {
                unstarted.Add(job);
            }
            else
            {
                var wrote = lastWords.Length > 0 ? lastWords : standardError;
                job.Decided = true;
                decide(job, WhyNotHandedOver(worker, job, mayHaveStarted: job == started, status, wrote), null);
            }
        }

        for (var i = unstarted.Count - 1; i >= 0; i--)
            workers.Queue.AddFirst(unstarted[i]);
    }

    /// <summary>The outcome of a job that certainly has not run, because there was no worker.</summary>
    public JobRejected NotStarted(string why)
        => new(null, RejectReason.WorkersDoNotStart, 1, 0, maxWorkers) { Detail = why };

    /// <summary>Whether another worker gets a job that was on offer. Counts how often that happens.</summary>
    private static bool MayHandOver(Worker worker, Job job, bool mayHaveStarted)
        => !mayHaveStarted
            && worker.Kill is not JobKilled { Cause: KillCause.Shutdown }
            && ++job.Handovers <= Tuning.Workers.MaxHandovers;

    /// <summary>Why no other worker gets a job that was on offer.</summary>
    private JobFailure WhyNotHandedOver(Worker worker, Job job, bool mayHaveStarted, ExitStatus status, string wrote)
    {
        if (worker.Kill is JobKilled killed)
            return killed;
        if (mayHaveStarted)
            return new JobLost("The worker exited after it had read the job; it is unknown whether the job had started");
        return NotStarted(
            $"{job.Handovers} workers in succession exited before they started the job. The last one did not start it: "
                + $"{WorkerExit.How(worker.KillThatEnded(status), status)}.{WorkerExit.Wrote(Excerpt.Of(wrote.Trim()))}");
    }

    private static long StartOf(Worker worker, Job job, long claim)
    {
        if (job.Seen is { Start: not 0 and var seen })
            return seen;
        return SharedPage.IsStartTime(claim) ? Worker.StartClaimed(job, claim, Stopwatch.GetTimestamp()) : worker.StartOf(job);
    }
}
