using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Ties a worker's whole process group to its parent: when the last write end of the lifeline pipe closes, which happens when the
/// parent dies in whatever way, the kernel sends SIGKILL to the group. It needs no thread and no cooperation of the job, so it also
/// reaches busy loops, native code and garbage collections. PR_SET_PDEATHSIG would not do: it fires when the parent's forking
/// thread ends.
/// </summary>
internal static unsafe class Lifeline
{
    /// <summary>Ties it.</summary>
    /// <returns><see langword="false"/> when the parent is gone already.</returns>
    public static bool Tie()
    {
        const int fd = WorkerDescriptors.Lifeline;
        if (Fcntl(fd, F_SETSIG, SIGKILL) != 0
            || Fcntl(fd, F_SETOWN, -GetPid()) != 0
            || Fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) != 0)
        {
            return false;
        }

        // A parent that died before the signal was set up sends none: look once.
        var poll = new PollFd { Fd = fd };
        return Poll(&poll, 1, 0) == 0;
    }
}
