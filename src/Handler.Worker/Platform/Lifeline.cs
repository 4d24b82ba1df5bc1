using System.Text;
using Handler.Wire;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// Ties a worker's whole process group to its parent. When the last write end of the lifeline pipe closes, which happens however the parent
/// dies, the kernel sends SIGKILL to the group. This needs no thread and no cooperation from the job, so it also reaches busy loops, native
/// code and garbage collections. PR_SET_PDEATHSIG would not work: it fires when the parent's forking thread ends, it reaches only one
/// process, and any process can turn it off for itself.
/// </summary>
/// <remarks>
/// The pipe has two read ends, each with its own request for that signal. The kernel serves the one in the worker first, but a job can
/// close it or replace it. The one in the parent is out of the job's reach. A process that dies closes its descriptors from the highest to
/// the lowest. The write end in the parent must therefore be the higher one: then the read end is still open when the write end closes.
/// <see cref="Guard.OwnerWatch"/> handles the cases that neither of them reaches.
/// </remarks>
internal static unsafe class Lifeline
{
    /// <summary>Called in the worker.</summary>
    /// <returns><see langword="false"/> if the parent is already gone.</returns>
    public static bool Tie()
    {
        if (!RequestKill(WorkerDescriptors.Lifeline, GetPid()))
            return false;

        // If the parent died before the signal was requested, no signal comes: check once.
        var poll = new PollFd { Fd = WorkerDescriptors.Lifeline };
        return Poll(&poll, 1, 0) == 0;
    }

    /// <summary>Called in the parent: opens the parent's own read end, lower than the write end, which is moved up if necessary.</summary>
    /// <param name="readEnd">A read end of the pipe.</param>
    /// <param name="writeEnd">The pipe's only write end.</param>
    /// <returns>The new read end; -1, with the error left for the caller, if the system refuses.</returns>
    public static int Hold(int readEnd, ref int writeEnd)
    {
        int held;
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/self/fd/{readEnd}\0"))
            held = Open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // a duplicate would share the signal request of the worker's read end
        if (held < 0 || held < writeEnd)
            return held;
        var higher = Fcntl(writeEnd, F_DUPFD_CLOEXEC, held + 1);
        if (higher < 0)
        {
            _ = Close(held);
            return -1;
        }

        _ = Close(writeEnd);
        writeEnd = higher;
        return held;
    }

    /// <summary>
    /// Called in the parent: opens one more read end for each further group of the worker's session, because a request applies to one
    /// group. A request stays bound to the exact group that it was made for, even if the group's id is later reused. If the system refuses,
    /// the next check tries again.
    /// </summary>
    /// <param name="tied">The groups that are already tied, with their read ends.</param>
    /// <param name="groups">All groups to tie.</param>
    /// <param name="readEnd">A read end of this process.</param>
    /// <param name="writeEnd">The only write end, which is moved up if necessary.</param>
    public static void TieGroups(Dictionary<int, int> tied, List<int> groups, int readEnd, ref int writeEnd)
    {
        foreach (var (group, end) in tied)
        {
            if (groups.Contains(group))
                continue;
            _ = Close(end);
            tied.Remove(group);
        }

        foreach (var group in groups)
        {
            if (tied.Count == MaxGroups)
                return;
            if (tied.ContainsKey(group))
                continue;
            var end = Hold(readEnd, ref writeEnd);
            if (end < 0)
                return;
            if (RequestKill(end, group))
                tied.Add(group, end);
            else
                _ = Close(end);
        }
    }

    /// <summary>Makes the kernel kill a process group when the last write end closes.</summary>
    /// <param name="readEnd">The read end that carries the request.</param>
    /// <param name="group">The group.</param>
    /// <returns><see langword="false"/>, with the error left for the caller, if the kernel refuses, for example because the group no longer
    /// exists.</returns>
    public static bool RequestKill(int readEnd, int group)
        => Fcntl(readEnd, F_SETSIG, SIGKILL) == 0
            && Fcntl(readEnd, F_SETOWN, -group) == 0
            && Fcntl(readEnd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
}
