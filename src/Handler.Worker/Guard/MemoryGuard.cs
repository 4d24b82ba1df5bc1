using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Handler.Platform;
using Handler.Wire;
using static Handler.WorkerTuning.Guard;

namespace Handler.Guard;

/// <summary>
/// The worker's own layers of the memory limit. Each of them ends the process immediately, after recording the evidence in the shared page.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A separate thread checks the heap while a job runs. When the heap has grown past the limit, a full collection tells how much of it
/// is live. Only live bytes count, so garbage never kills a job.</item>
/// <item>When a job within its limit leaves much committed memory behind, an aggressive collection releases it.</item>
/// <item>The GC's hard limit, well above the job's, contains jobs that allocate faster than the thread checks. The
/// <see cref="OutOfMemoryException"/> that it causes ends the process before the job can catch it.</item>
/// <item>Resident memory, for allocations outside the heap. The processes that the job has started count too; their number has a limit of
/// its own.</item>
/// <item>When the function returns, the heap is measured again while its result is still alive.</item>
/// </list>
/// The memory that the worker needs to read the arguments and write the result is added to the limit: see <see cref="MemoryRoom"/>.
/// The figures were measured: see docs/limits.md.
/// </remarks>
internal sealed unsafe class MemoryGuard
{
    private const int Idle = 0, Running = 1, Exiting = 2;
    private const long Megabyte = 1 << 20;

    private readonly SharedPage* page;
    private readonly ProcessMemory memory = new("self");
    private readonly StartedProcesses processes;
    private readonly HardLimit hardLimit = new();
    private readonly object wake = new();
    private readonly Action tick;

    [ThreadStatic]
    private static bool looking; // set while the check itself may throw

    private int state;
    private volatile bool watching;
    private volatile JobPhase phase;
    private bool parked;
    private long jobs;
    private int looks;

    private long attempt;
    private long heapLimit;
    private long residentLimit;
    private int processLimit;
    private int callBytes;
    private bool hasRoomToWrite;
    private long freshByDescriptors;

    // The live heap as of the last full collection, and the bytes allocated until then.
    private long liveBase;
    private long allocatedAtBase;
    private long committedBase;
    private long residentBase;

    // Of the running job.
    private long heapAtStart;
    private long liveAtStart;
    private long threadAllocatedAtStart;
    private long allocatedAtStart;
    private long allocatedAtConfirm;
    private long growthAtEnd;
    private int confirms;

    public MemoryGuard(SharedPage* page, Action tick)
    {
        this.page = page;
        this.tick = tick;
        processes = new StartedProcesses(page);
        AppDomain.CurrentDomain.FirstChanceException += OnFirstChance;
        RuntimeHelpers.PrepareMethod(((Action<MemoryLimitSource, long, long, Action?>)Die).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((Func<bool>)TryLeave).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((Func<Exception, bool>)IsRefusedThread).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((EventHandler<FirstChanceExceptionEventArgs>)OnFirstChance).Method.MethodHandle);
        new Thread(Watch, 256 * 1024) { IsBackground = true, Name = ".NET Handler", Priority = ThreadPriority.Highest }.Start();
    }

    /// <summary>The live heap of the fresh worker, in bytes. Growth between jobs is measured from here.</summary>
    public long FreshLive { get; private set; }

    /// <summary>The resident size of the fresh worker, in bytes.</summary>
    public long FreshResident { get; private set; }

    /// <summary>The live heap as of the last full collection, in bytes.</summary>
    public long Live => liveBase;

    /// <summary>The resident size as of the last full collection, in bytes.</summary>
    public long Resident => residentBase;

    /// <summary>The maximum size of a result, in bytes.</summary>
    public int MaxPayloadBytes { get; set; }

    /// <summary>Whether jobs left descriptors open that hold memory, which a later job may add to.</summary>
    public bool HoldsThroughDescriptors => memory.HeldByDescriptors > freshByDescriptors + Megabyte;

    /// <summary>Bytes allocated since the live heap was last measured.</summary>
    public long AllocatedSinceBase => GC.GetTotalAllocatedBytes(false) - allocatedAtBase;

    /// <summary>Records the present state as that of a fresh worker.</summary>
    public void TakeFresh()
    {
        Rebase(withDescriptors: true);
        freshByDescriptors = memory.HeldByDescriptors;
        FreshLive = liveBase;
        FreshResident = residentBase;
    }

    /// <summary>
    /// Makes room for a large request, which needs a buffer of this size. Otherwise the previous job's hard limit could end the worker, and
    /// no report would say why.
    /// </summary>
    public void AllowRequest(long bytes) => hardLimit.Raise((2 * bytes) + (32 * Megabyte));

    /// <summary>Between jobs: restores the GC's limit if a job has changed it.</summary>
    /// <returns>Whether it is restored, or can be set for the next job.</returns>
    public bool RestoreLimit() => hardLimit.Restore();

    /// <summary>The CPU time of the processes that the job has started and waited for, in ns, as of its end.</summary>
    public long EndedProcessesCpu => processes.EndedCpu;

    /// <summary>A job has arrived. Containment applies from here on, while its captured values are read.</summary>
    public void Begin(in RequestHead job, int jobCallBytes)
    {
        attempt = job.Attempt;
        heapLimit = job.MaxHeapBytes;
        residentLimit = job.MaxResidentBytes;
        processLimit = job.MaxProcesses;
        callBytes = jobCallBytes;
        hasRoomToWrite = false;
        growthAtEnd = 0;
        page->PeakManaged = 0;
        page->PeakResident = residentBase;
        processes.Begin();
        hardLimit.SetFor(heapLimit, jobCallBytes);
        jobs++;
        phase = JobPhase.Reading;
        Volatile.Write(ref state, Running);
        watching = true;
        Interlocked.MemoryBarrier();
        if (parked)
        {
            lock (wake)
                Monitor.Pulse(wake);
        }
    }

    /// <summary>The function is about to start. Its growth counts from here.</summary>
    public void Start()
    {
        allocatedAtStart = GC.GetTotalAllocatedBytes(false);
        if (MemoryRules.HasDrifted(allocatedAtStart - allocatedAtBase, heapLimit, liveBase))
        {
            Rebase(withDescriptors: false);
            allocatedAtStart = GC.GetTotalAllocatedBytes(false);
        }

        if (callBytes >= Sizable)
            hardLimit.SetFor(heapLimit, 0); // the function may not use the room for reading
        heapAtStart = GC.GetTotalMemory(false);
        allocatedAtConfirm = allocatedAtStart;
        liveAtStart = liveBase + (allocatedAtStart - allocatedAtBase);
        confirms = 0;
        Volatile.Write(ref page->StartedAttempt, attempt);
        phase = JobPhase.Running;
        threadAllocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>
    /// The function has returned and its result is still alive: checks its limit once more. Does not return if the limit is exceeded.
    /// </summary>
    public void CheckAtEnd()
    {
        var byThread = GC.GetAllocatedBytesForCurrentThread() - threadAllocatedAtStart;
        var byAll = GC.GetTotalAllocatedBytes(false) - allocatedAtStart;
        var allocated = Math.Max(byThread, byAll);
        var growth = growthAtEnd = allocated <= Negligible ? allocated : GC.GetTotalMemory(false) - heapAtStart;
        if (MemoryRules.MayExceedAtEnd(allocated, growth, heapLimit))
            Confirm();
        else
            page->PeakManaged = Math.Max(page->PeakManaged, Math.Min(growth, allocated));
    }

    /// <summary>
    /// The function has ended, and its result is written: checks the processes that it has started and waited for, which may have come and
    /// gone between two looks. Not needed for a job that was too short to start a process.
    /// </summary>
    public void CheckProcessesAtEnd()
    {
        var held = processes.TakeEnded(memory);
        if (held > residentLimit)
            Die(MemoryLimitSource.EndedProcess, held, residentLimit);
        if (processLimit == 0 && (page->PeakProcesses > 0 || ProcSelf.HasChildren()))
            DieOfProcesses(1);
    }

    /// <summary>
    /// The function has thrown and its exception is still alive. Creating an exception takes memory that no function can avoid, so this
    /// only checks for much more than the limit.
    /// </summary>
    public void CheckAtFailure()
    {
        if (phase != JobPhase.Running)
            return;
        growthAtEnd = GC.GetTotalMemory(false) - heapAtStart;
        if (MemoryRules.MayExceedAtFailure(growthAtEnd, heapLimit))
            Confirm();
    }

    /// <summary>Memory used from here on is for writing the result. The job's code may run during this, so it has a limit too.</summary>
    public void StartWriting()
    {
        Volatile.Write(ref page->WritingAttempt, attempt);
        phase = JobPhase.Writing;
        if (growthAtEnd > Sizable || callBytes > Sizable)
            AllowLargeResult();
    }

    /// <summary>The result is, or may become, larger than the room that is reserved anyway.</summary>
    public void AllowLargeResult()
    {
        if (hasRoomToWrite)
            return;
        hasRoomToWrite = true;
        hardLimit.Raise(MemoryRoom.ToWriteOnHeap(Math.Max(heapLimit, growthAtEnd) + MemoryRoom.ToRead(callBytes), MaxPayloadBytes));
    }

    /// <summary>The job has ended. Does not return if a limit is ending the process.</summary>
    public void End()
    {
        watching = false;
        if (Interlocked.CompareExchange(ref state, Idle, Running) != Running)
            Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>
    /// Between jobs, when this costs next to nothing: records the resident size, so that it does not count for the next job.
    /// </summary>
    /// <param name="withDescriptors">Whether memory held through descriptors is measured again.</param>
    public void TakeResident(bool withDescriptors) => page->ResidentBase = residentBase = memory.Used(withDescriptors);

    /// <summary>Between jobs: collects, releases memory, and records the new state as the base.</summary>
    /// <param name="withDescriptors">Whether memory held through descriptors is measured again.</param>
    public void Recover(bool withDescriptors)
    {
        Rebase(withDescriptors);
        if (MemoryRules.IsMuchCommittedBetweenJobs(GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes - committedBase))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _ = LibC.MallocTrim(0);
            Rebase(withDescriptors: false);
        }
    }

    private void Rebase(bool withDescriptors)
    {
        liveBase = CollectAndMeasure();
        allocatedAtBase = GC.GetTotalAllocatedBytes(false);
        TakeResident(withDescriptors);
        var committed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        if (committedBase == 0 || Math.Abs(committed - committedBase) > Megabyte)
        {
            if (committedBase == 0 || committed < committedBase)
                committedBase = committed;
            hardLimit.Forget();
        }
    }

    private static long CollectAndMeasure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        var info = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return info.HeapSizeBytes - info.FragmentedBytes;
    }

    private void Watch()
    {
        var seen = 0L;
        var idleTicks = 0;
        while (true)
        {
            long nap = Megabyte; // about 1 ms, in nanoseconds
            if (watching)
            {
                idleTicks = 0;
                nap = Look();
                tick();
            }
            else if (jobs != seen)
            {
                seen = jobs;
                idleTicks = 0;
            }
            else if (++idleTicks > 20)
            {
                Park();
                idleTicks = 0;
            }

            var time = LibC.TimeSpec.FromNanoseconds(nap);
            _ = LibC.NanoSleep(&time, null);
        }
    }

    private void Park()
    {
        lock (wake)
        {
            parked = true;
            Interlocked.MemoryBarrier();
            if (!watching)
                Monitor.Wait(wake);
            parked = false;
        }
    }

    /// <returns>The time until the next check, in nanoseconds: the closer the job is to a limit, the shorter.</returns>
    private long Look()
    {
        var (job, at) = (jobs, phase);
        var limit = residentLimit + MemoryRules.ResidentRoom(at, callBytes, MaxPayloadBytes);
        var started = processes.Look(job, attempt);
        var resident = memory.Used(withDescriptors: ++looks % ChecksPerDescriptors == 0) + started.Memory;
        if (jobs != job || phase != at)
            return Megabyte; // the measured memory may already belong to the next phase
        if (started.Count > processLimit)
            DieOfProcesses(started.Count, processes.Kill);
        if (started.Memory > 0 && resident - residentBase > limit)
            resident += processes.PreciseMemory() - started.Memory;
        if (resident > page->PeakResident)
            page->PeakResident = resident;
        if (resident - residentBase > limit)
            Die(MemoryLimitSource.ResidentMemory, resident - residentBase, residentLimit, processes.Kill);
        var room = limit - (resident - residentBase);
        if (at == JobPhase.Running)
            room = Math.Min(room, LookAtHeap());
        return MemoryRules.Pause(room);
    }

    /// <returns>How far the heap may grow, in bytes.</returns>
    private long LookAtHeap()
    {
        var growth = GC.GetTotalMemory(false) - heapAtStart;
        if (growth > heapLimit && MayConfirm())
            Confirm();
        else if (growth > page->PeakManaged && growth <= heapLimit)
            page->PeakManaged = growth;
        return heapLimit - growth;
    }

    private bool MayConfirm()
        => confirms == 0 || MemoryRules.MayConfirmAgain(GC.GetTotalAllocatedBytes(false) - allocatedAtConfirm, heapLimit);

    private void Confirm()
    {
        confirms++;
        var (job, start) = (jobs, liveAtStart);
        var live = CollectAndMeasure() - start;
        if (jobs != job || phase != JobPhase.Running)
            return; // the function has ended in the meantime: the measured memory may belong to its result or to the next job
        allocatedAtConfirm = GC.GetTotalAllocatedBytes(false);
        if (live > page->PeakManaged)
            page->PeakManaged = live;
        if (live > heapLimit)
            Die(MemoryLimitSource.ManagedHeap, live, heapLimit);
        var committed = GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes - committedBase;
        if (MemoryRules.IsMuchCommitted(committed, heapLimit))
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    // Under memory pressure the arguments themselves may be null. Nothing here may allocate.
    private void OnFirstChance(object? sender, FirstChanceExceptionEventArgs? e)
    {
        // InsufficientMemoryException derives from it, but is thrown only by code that asks for it. It does not concern this heap.
        if (Volatile.Read(ref state) != Idle
            && (e is null || (e.Exception is OutOfMemoryException and not InsufficientMemoryException && !IsRefusedThread(e.Exception))))
            Die(MemoryLimitSource.AllocationFailure, Math.Max(page->PeakManaged, GC.GetTotalMemory(false) - heapAtStart), heapLimit);
    }

    /// <summary>
    /// The runtime also throws OutOfMemoryException when the system refuses a thread; only the stack trace tells the two apart. It is
    /// inspected only while the heap is far enough below its limit to afford the inspection.
    /// </summary>
    private bool IsRefusedThread(Exception exception)
    {
        if (looking || GC.GetTotalMemory(false) - heapAtStart > heapLimit + (8 * Megabyte))
            return false;
        looking = true;
        try
        {
            return exception.StackTrace?.Contains("System.Threading.Thread.StartCore", StringComparison.Ordinal) == true;
        }
        finally
        {
            looking = false;
        }
    }

    /// <param name="source">The layer.</param>
    /// <param name="used">What it has measured.</param>
    /// <param name="limit">The limit that is exceeded.</param>
    /// <param name="first">What to do first, once it is certain that the process ends. Otherwise the job could notice, and complete.
    /// </param>
    private void Die(MemoryLimitSource source, long used, long limit, Action? first = null)
    {
        if (!TryLeave())
            return;
        first?.Invoke();
        page->MemoryUsed = used;
        page->MemoryLimit = limit;
        page->MemoryAttempt = attempt;
        Volatile.Write(ref page->MemorySource, (int)source);
        LibC.ExitNow(WorkerExitCodes.Memory);
    }

    private void DieOfProcesses(long count, Action? first = null)
    {
        if (!TryLeave())
            return;
        first?.Invoke();
        page->PeakProcesses = Math.Max(count, page->PeakProcesses);
        Volatile.Write(ref page->ProcessesAttempt, attempt);
        LibC.ExitNow(WorkerExitCodes.Processes);
    }

    /// <summary>
    /// Whether this thread ends the process: only the first one that wants to, and only while a job runs. If another one does, this waits.
    /// </summary>
    private bool TryLeave()
    {
        if (Interlocked.CompareExchange(ref state, Exiting, Running) == Running)
            return true;
        while (Volatile.Read(ref state) == Exiting)
            _ = LibC.Poll(null, 0, -1);
        return false;
    }
}
