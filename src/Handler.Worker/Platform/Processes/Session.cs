using System.Diagnostics;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// The processes of a worker's session. The worker's group does not contain all of them: a shell with job control and <c>timeout(1)</c> put
/// the processes that they start into separate groups. Nothing here needs a new descriptor.
/// </summary>
internal static unsafe class Session
{
    /// <summary>
    /// Kills all processes in the session except its leader, and waits for those that became children of this process, as happens to
    /// process 1. No other process would wait for them.
    /// </summary>
    /// <param name="leader">The leader's id. It must not be reused: either the leader was not waited for yet, or there is no process with
    /// this id.</param>
    public static void KillMembers(int leader)
    {
        var since = Stopwatch.GetTimestamp();
        var killed = new HashSet<int>();
        var processes = new List<int>();
        while (true)
        {
            var dying = false;
            var isNew = false;
            ProcessList.Read(processes);
            // Newest first: in a chain in which each process starts the next and exits, only the last is alive.
            for (var i = processes.Count - 1; i >= 0; i--)
            {
                var pid = processes[i];
                if (pid == leader || GetSession(pid) != leader || HasBeenWaitedFor(pid))
                    continue;
                dying = true;
                if (!killed.Add(pid))
                    continue;
                isNew = true;
                if (GetGroup(pid) is var group && group > 0 && group != leader)
                    _ = Kill(-group, SIGKILL); // together with any process that it is about to start
                _ = Kill(pid, SIGKILL);
            }

            var elapsed = Stopwatch.GetTimestamp() - since;
            if (elapsed > SessionPatience || (!isNew && !(dying && Adopts() && elapsed < ChildPatience)))
                return;
            if (!isNew)
                Thread.Sleep(1);
        }
    }

    /// <summary>Kills processes that were started in the session and have left it.</summary>
    public static void KillOutside(StartedProcess[] processes)
    {
        var since = Stopwatch.GetTimestamp();
        foreach (var process in processes)
        {
            if (!TryKill(process))
                continue;
            while (Adopts() && !HasBeenWaitedFor(process.Pid) && Stopwatch.GetTimestamp() - since < ChildPatience)
                Thread.Sleep(1);
        }
    }

    /// <summary>Kills exactly this process: its id may belong to another one by now.</summary>
    private static bool TryKill(StartedProcess process)
    {
        var fd = (int)SysCall(SystemCallNumbers.PidFdOpen, process.Pid, 0, 0, 0);
        if (fd < 0)
            return false;
        var isSame = ProcessStat.TryRead(process.Pid, out var stat) && stat.StartedAt == process.StartedAt;
        var isKilled = isSame && SysCall(SystemCallNumbers.PidFdSendSignal, fd, SIGKILL, 0, 0) == 0;
        _ = Close(fd);
        return isKilled;
    }

    /// <summary>Takes the exit status of a member that has exited, if it has become a child of this process.</summary>
    private static bool HasBeenWaitedFor(int pid)
    {
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        return WaitId(P_PID, pid, info, WEXITED | WNOHANG) == 0 && *(int*)info != 0; // si_signo: 0 means that there was no exit status
    }

    /// <summary>Whether this process becomes the parent of orphaned processes.</summary>
    private static bool Adopts()
    {
        var isReaper = 0;
        return Environment.ProcessId == 1 || (PrCtl(PR_GET_CHILD_SUBREAPER, (nuint)(&isReaper), 0, 0, 0) == 0 && isReaper != 0);
    }
}
