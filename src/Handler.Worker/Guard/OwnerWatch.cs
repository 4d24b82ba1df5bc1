using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Guard;

/// <summary>
/// Ends this process and its group when the node that owns it stands still for too long while a job runs. Others may have taken the node for dead by then and
/// have given the job's place to somebody else, so the job must not go on. The end of a node's process is noticed by the kernel, see <see cref="Lifeline"/>; should a job have kept it from that, it is noticed here: the worker has another parent then.
/// </summary>
/// <param name="page">Where the node says that it is there.</param>
/// <param name="limit">How long it may be silent, in ns; 0 for any time.</param>
internal sealed unsafe class OwnerWatch(SharedPage* page, long limit)
{
    private const int SigKill = 9;
    private readonly int owner = LibC.GetParentPid();

    /// <summary>On the guard's thread while a job runs.</summary>
    /// <param name="attempt">The job's attempt; 0 for none.</param>
    /// <param name="startedAt">When it started, in Stopwatch ticks.</param>
    public void Check(long attempt, long startedAt)
    {
        if (LibC.GetParentPid() != owner)
            _ = LibC.Kill(0, SigKill);
        if (limit == 0 || attempt == 0)
            return;
        var now = Stopwatch.GetTimestamp();
        if (now - Math.Max(startedAt, Volatile.Read(ref page->OwnerSeenAt)) <= limit)
            return;
        Volatile.Write(ref page->AbandonedAttempt, attempt);
        _ = LibC.Kill(0, SigKill);
    }
}
