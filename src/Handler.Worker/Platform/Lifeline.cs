using System.Text;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Ties a worker's whole process group to its parent: when the last write end of the lifeline pipe closes, which happens when the
/// parent dies in whatever way, the kernel sends SIGKILL to the group. It needs no thread and no cooperation of the job, so it also
/// reaches busy loops, native code and garbage collections. PR_SET_PDEATHSIG would not do: it fires when the parent's forking
/// thread ends, reaches one process only, and any process can turn it off for itself.
/// </summary>
/// <remarks>
/// The pipe has two read ends, each with its own request for that signal. The one in the worker is the first that the kernel sees, but a job can close it or put something else in its place. The one in the parent is out of
/// the job's reach. A process that dies closes its descriptors from the highest to the lowest, so there the write end must be the higher one: then the read end still waits when it closes. What neither reaches,
/// <see cref="Guard.OwnerWatch"/> does.
/// </remarks>
internal static unsafe class Lifeline
{
    /// <summary>How many groups of one session are tied besides the worker's own. Each takes a descriptor.</summary>
    private const int MostGroups = 16;

    /// <summary>In the worker.</summary>
    /// <returns><see langword="false"/> when the parent is gone already.</returns>
    public static bool Tie()
    {
        if (!RequestKill(WorkerDescriptors.Lifeline, GetPid()))
            return false;

        // A parent that died before the signal was set up sends none: look once.
        var poll = new PollFd { Fd = WorkerDescriptors.Lifeline };
        return Poll(&poll, 1, 0) == 0;
    }

    /// <summary>In the parent: opens a read end of its own, lower than the write end, which it moves up if it has to.</summary>
    /// <param name="readEnd">A read end of the pipe.</param>
    /// <param name="writeEnd">Its one write end.</param>
    /// <returns>The new read end; -1 with the error left for the caller when the system refuses.</returns>
    public static int Hold(int readEnd, ref int writeEnd)
    {
        int held;
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/self/fd/{readEnd}\0"))
            held = Open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // a duplicate would share the request with the worker's
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
    /// In the parent: one more read end for each further group of the worker's session, for a request has one group. A request keeps to the very group that it was made for, also when its id is given to another later.
    /// What the system refuses is tried again with the next look.
    /// </summary>
    /// <param name="tied">The groups that are tied already, with their read ends.</param>
    /// <param name="groups">All that are to be.</param>
    /// <param name="readEnd">A read end of this process.</param>
    /// <param name="writeEnd">The one write end, which is moved up if it has to.</param>
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
            if (tied.Count == MostGroups)
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

    /// <summary>Has the kernel kill a process group when the last write end closes.</summary>
    /// <param name="readEnd">Whose request it is.</param>
    /// <param name="group">The group.</param>
    /// <returns><see langword="false"/> with the error left for the caller when the kernel refuses, as when there is no such group any more.</returns>
    public static bool RequestKill(int readEnd, int group)
        => Fcntl(readEnd, F_SETSIG, SIGKILL) == 0
            && Fcntl(readEnd, F_SETOWN, -group) == 0
            && Fcntl(readEnd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
}
