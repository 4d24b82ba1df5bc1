using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Guard;

/// <summary>
/// Ends this process and its group if its node is unresponsive for too long while a job runs. Other nodes may have declared the node dead
/// by then and given the job's capacity to another job, so this job must not continue. If the node's process exits, the kernel notices it,
/// see <see cref="Lifeline"/>. If a job has disabled that, it is noticed here, because the worker then has another parent.
/// </summary>
/// <param name="page">The page in which the node reports that it is alive.</param>
/// <param name="limit">The allowed silence, in ns; 0 for no limit.</param>
internal sealed unsafe class OwnerWatch(SharedPage* page, long limit)
{
    private readonly int owner = LibC.GetParentPid();

    /// <summary>Runs on the guard's thread while a job runs.</summary>
    /// <param name="attempt">The job's attempt; 0 for none.</param>
    /// <param name="startedAt">When it started, in Stopwatch ticks.</param>
    public void Check(long attempt, long startedAt)
    {
        if (LibC.GetParentPid() != owner)
            _ = LibC.Kill(0, LibC.SIGKILL);
        if (!IsAbandoned(attempt, startedAt, Stopwatch.GetTimestamp()))
            return;
        Volatile.Write(ref page->AbandonedAttempt, attempt);
        _ = LibC.Kill(0, LibC.SIGKILL);
    }

    /// <summary>Whether a job runs and its node has been silent for too long.</summary>
    public bool IsAbandoned(long attempt, long startedAt, long now)
        => limit != 0 && attempt != 0 && now - Math.Max(startedAt, Volatile.Read(ref page->OwnerSeenAt)) > limit;
}
