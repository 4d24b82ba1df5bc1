using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;
using static Handler.WorkerTuning.Guard;
using static Handler.Platform.LibC;

namespace Handler.Guard;

/// <summary>
/// The processes that the running job has started, as the worker sees them. A job without processes costs one system call per look.
/// </summary>
/// <remarks>
/// The guard's thread looks at them while the job runs. The job's thread asks at the job's end for those that have ended.
/// </remarks>
internal sealed unsafe class StartedProcesses
{
    private const int Children = -1; // RUSAGE_CHILDREN
    private const long Kibibyte = 1024;

    private readonly SharedPage* page;
    private readonly ProcessTree tree;
    private readonly List<int> ids = [];
    private long job;
    private int count;
    private long memory;
    private long files;
    private long nextLook;
    private int looks;
    private long mostFilePages;
    private volatile bool mayEndLater;
    private RUsage ended;

    /// <exception cref="IOException">The system refuses the descriptor with which processes are listed.</exception>
    public StartedProcesses(SharedPage* page)
    {
        this.page = page;
        tree = new ProcessTree(GetPid());
        if (!ProcessList.Open()) // now, because a descriptor that is opened later looks like one that a job left open
            throw new IOException($"Opening /proc failed: {LastError()}");
    }

    /// <summary>The CPU time of the processes that the job has started and waited for, in ns, as of its end.</summary>
    public long EndedCpu { get; private set; }

    /// <summary>A job begins. Processes that earlier jobs have left do not count for it once they end.</summary>
    public void Begin()
    {
        page->PeakProcesses = 0;
        EndedCpu = 0;
        Volatile.Write(ref mostFilePages, 0);
        if (mayEndLater)
            ended = ReadEnded();
        mayEndLater = false;
        page->EndedCpuAtStart = ended.CpuNanoseconds;
    }

    /// <summary>Looks at the processes, but not so often that looking takes a large part of the time.</summary>
    /// <param name="currentJob">The number of the job.</param>
    /// <param name="attempt">The job's attempt.</param>
    /// <returns>How many run, and what they hold, in bytes. Memory that they share with each other since a fork counts in full.</returns>
    public (int Count, long Memory) Look(long currentJob, long attempt)
    {
        if (currentJob != job)
            (job, count, memory, files, nextLook) = (currentJob, 0, 0, 0, 0);
        if (!ProcSelf.HasChildren())
            return (count, memory) = (0, 0);
        mayEndLater = true;
        Volatile.Write(ref page->StartingAttempt, attempt);
        var now = Stopwatch.GetTimestamp();
        if (now < nextLook)
            return (count, memory);
        Measure();
        nextLook = now + (LookParts * (Stopwatch.GetTimestamp() - now));
        return (count, memory);
    }

    /// <summary>
    /// The same memory, measured precisely: what they share with each other counts once, and what they share with this process, which
    /// counts for it, does not count.
    /// </summary>
    /// <remarks>
    /// The kernel does not let a worker look into a process that was forked from it and has not called <c>exec</c>. Of such a process, what
    /// it holds beyond all that this process holds counts here; the node may look, and counts the rest.
    /// </remarks>
    public long PreciseMemory()
    {
        var own = ProcessMemory.SizesOf(GetPid()).Held;
        var (precise, beyond) = (0L, 0L);
        foreach (var (process, _) in tree.Members)
        {
            if (process.IsNewborn)
                continue;
            var (bytes, isPrecise) = ProcessMemory.PreciseOf(process.Pid);
            precise += isPrecise ? bytes : 0;
            beyond += isPrecise ? 0 : Math.Max(0, bytes - own);
        }

        return files + beyond + Math.Max(0, precise - ProcessMemory.SharedBy(GetPid()));
    }

    /// <summary>Kills the processes that the last look has found, whatever their session.</summary>
    public void Kill()
    {
        foreach (var pid in ids)
            _ = LibC.Kill(pid, SIGKILL);
    }

    /// <summary>Between jobs: kills all processes that jobs have left, whatever their session.</summary>
    public static void KillLeft()
    {
        var left = new ProcessTree(GetPid());
        left.Refresh();
        foreach (var (process, _) in left.Members)
            _ = LibC.Kill(process.Pid, SIGKILL);
    }

    /// <summary>The job's function has ended: takes what the kernel has recorded of the processes that were waited for.</summary>
    /// <param name="own">The memory of the worker.</param>
    /// <returns>The largest memory of one of them, in bytes, less the pages of files that a program usually has; 0 if it is not known. It
    /// is known only if it is larger than that of the worker and of all earlier ones.</returns>
    public long TakeEnded(ProcessMemory own)
    {
        var now = ReadEnded();
        var before = ended;
        if (now.MinorFaults == before.MinorFaults)
            return 0;
        ended = now;
        mayEndLater = true;
        EndedCpu = now.CpuNanoseconds - before.CpuNanoseconds;
        page->PeakProcesses = Math.Max(1, page->PeakProcesses);
        return now.MaxResident <= before.MaxResident
            ? 0
            : MemoryRules.HeldByEnded(now.MaxResident * Kibibyte, Volatile.Read(ref mostFilePages), own.HighestResident());
    }

    private void Measure()
    {
        tree.Refresh();
        ids.Clear();
        (count, memory) = (0, 0);
        foreach (var (process, _) in tree.Members)
        {
            count++;
            ids.Add(process.Pid);
            if (process.IsNewborn)
                continue;
            var (held, filePages) = ProcessMemory.SizesOf(process.Pid);
            memory += held;
            if (filePages > mostFilePages)
                Volatile.Write(ref mostFilePages, filePages);
        }

        if (looks++ % ChecksPerDescriptors == 0)
            files = DescriptorMemory.HeldByStarted(GetPid(), ids);
        memory += files;
        page->PeakProcesses = Math.Max(count, page->PeakProcesses);
    }

    private static RUsage ReadEnded()
    {
        RUsage usage;
        return GetRUsage(Children, &usage) == 0 ? usage : default;
    }
}
