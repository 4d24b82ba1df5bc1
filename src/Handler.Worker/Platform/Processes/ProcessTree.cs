using System.Diagnostics;
using System.Runtime.InteropServices;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// The processes that workers have started. A worker adopts the orphans among its descendants, so a process that has left the worker's
/// session still has the worker among its ancestors. A process whose parent is not in the worker's tree still has the worker's session.
/// For one thread.
/// </summary>
/// <param name="owner">A worker, or the process that has started workers.</param>
/// <param name="known">
/// <see langword="null"/> if the owner is the only worker. Otherwise its children that lead a session are the workers, and these.
/// </param>
internal sealed class ProcessTree(int owner, WorkersInNamespaces? known = null)
{
    private readonly List<int> processes = [];
    private readonly Dictionary<int, ProcessStat> read = [];
    private readonly List<(ProcessStat Process, int Worker)> members = [];
    private HashSet<int> workers = known is null ? [owner] : [];
    private HashSet<int> others = [];
    private HashSet<int> nextWorkers = [];
    private HashSet<int> nextOthers = [];
    private long refreshedAt;

    /// <summary>The running processes that the last <see cref="Refresh"/> found, each with the worker that it belongs to.</summary>
    public List<(ProcessStat Process, int Worker)> Members => members;

    /// <summary>
    /// Lists the present processes. Only those that are new, and members, cost more than some ns each. If this process has no free
    /// descriptor, the members stay as they were.
    /// </summary>
    public void Refresh()
    {
        var now = Stopwatch.GetTimestamp();
        if (now - refreshedAt > MaxListAge)
            others.Clear(); // an id may have been reused in the meantime
        refreshedAt = now;
        if (!TryRead())
            return;
        members.Clear();
        foreach (var process in read.Values)
        {
            if (workers.Contains(process.Pid))
                continue;
            if (WorkerOf(process, out var isCertain) is var worker and not 0)
                Add(process, worker);
            else if (isCertain && process.ParentPid != owner) // a new child of the owner may be about to lead a session
                others.Add(process.Pid);
        }
    }

    private void Add(in ProcessStat process, int worker)
    {
        if (process.IsAlive)
            members.Add((process, worker));
    }

    /// <summary>Reads all processes that may be members, and drops those that have ended from the sets.</summary>
    /// <returns><see langword="false"/> if this process has no free descriptor.</returns>
    private bool TryRead()
    {
        read.Clear();
        nextWorkers.Clear();
        nextOthers.Clear();
        ProcessList.Read(processes);
        foreach (var pid in processes)
        {
            if (workers.Contains(pid))
                nextWorkers.Add(pid);
            else if (pid == owner || others.Contains(pid))
                nextOthers.Add(pid);
            else if (ProcessStat.TryRead(pid, out var process))
                read[pid] = process;
            else if (Marshal.GetLastPInvokeError() is EMFILE or ENFILE)
                return false;
        }

        (workers, nextWorkers) = (nextWorkers, workers);
        (others, nextOthers) = (nextOthers, others);
        if (known is not null)
            AddNewWorkers(known);
        return true;
    }

    private void AddNewWorkers(WorkersInNamespaces known)
    {
        foreach (var process in read.Values)
        {
            if ((process.ParentPid == owner && process.SessionId == process.Pid) || known.Contains(process.Pid))
                workers.Add(process.Pid);
        }
    }

    /// <returns>The worker; 0 if it belongs to none.</returns>
    /// <param name="process">The process.</param>
    /// <param name="isCertain">Whether the answer will stay the same. It may not if an ancestor has just exited.</param>
    private int WorkerOf(ProcessStat process, out bool isCertain)
    {
        isCertain = true;
        if (workers.Contains(process.SessionId))
            return process.SessionId;
        for (var depth = 0; depth <= read.Count; depth++)
        {
            if (workers.Contains(process.ParentPid))
                return process.ParentPid;
            if (!read.TryGetValue(process.ParentPid, out var parent))
            {
                isCertain = process.ParentPid <= 1 || others.Contains(process.ParentPid);
                return 0;
            }

            process = parent;
            if (workers.Contains(process.SessionId))
                return process.SessionId;
        }

        isCertain = false;
        return 0;
    }
}
