using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Guard;

/// <summary>
/// The worker's own layers of the memory limit. All of them end the process at once, after leaving the evidence in the shared page.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A thread of its own looks at the heap while a job runs. When it has grown past the limit, a full collection tells what of
/// that is live; only live bytes count, so garbage never kills.</item>
/// <item>When a job that is within its limit leaves much committed memory behind, an aggressive collection gives it back.</item>
/// <item>The collector's own hard limit, well above the job's, contains what allocates faster than the thread looks. The
/// <see cref="OutOfMemoryException"/> that it causes ends the process before the job can catch it.</item>
/// <item>Resident memory, for what is allocated outside the heap.</item>
/// <item>At the end of the function the heap is measured again, its result still alive.</item>
/// </list>
/// The figures were measured: see docs/limits.md.
/// </remarks>
internal sealed unsafe class MemoryGuard
{
    private const int Idle = 0, Running = 1, Dying = 2;
    private const long Megabyte = 1 << 20;

    /// <summary>Below this limit a full collection decides at the job's end whenever it allocated more than the limit.</summary>
    private const long SmallLimit = Megabyte;

    /// <summary>How far the heap may have drifted since its live size was last known: one part in this many of the limit.</summary>
    private const long DriftParts = 64;

    private readonly SharedPage* page;
    private readonly ProcSelf proc;
    private readonly object wake = new();
    private readonly Action tick;

    private int state;
    private volatile bool watching;
    private bool parked;
    private long jobs;

    private long attempt;
    private long heapLimit;
    private long residentLimit;
    private long hardLimitOf = -1;

    // The live heap as of the last full collection, and what had been allocated by then.
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
    private int confirms;

    public MemoryGuard(SharedPage* page, ProcSelf proc, Action tick)
    {
        this.page = page;
        this.proc = proc;
        this.tick = tick;
        AppDomain.CurrentDomain.FirstChanceException += OnFirstChance;
        RuntimeHelpers.PrepareMethod(((Action<MemoryLimitSource, long, long>)Die).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((EventHandler<FirstChanceExceptionEventArgs>)OnFirstChance).Method.MethodHandle);
        new Thread(Watch, 256 * 1024) { IsBackground = true, Name = ".NET Handler", Priority = ThreadPriority.Highest }.Start();
    }

    /// <summary>The live heap of the fresh worker, in bytes: what growth between jobs is measured from.</summary>
    public long FreshLive { get; private set; }

    /// <summary>The resident size of the fresh worker, in bytes.</summary>
    public long FreshResident { get; private set; }

    /// <summary>The live heap as of the last full collection, in bytes.</summary>
    public long Live => liveBase;

    /// <summary>The resident size as of the last full collection, in bytes.</summary>
    public long Resident => residentBase;

    /// <summary>Bytes allocated since the live heap was last measured.</summary>
    public long AllocatedSinceBase => GC.GetTotalAllocatedBytes(false) - allocatedAtBase;

    /// <summary>Takes the present state for that of a fresh worker.</summary>
    public void TakeFresh()
    {
        Rebase();
        FreshLive = liveBase;
        FreshResident = residentBase;
    }

    /// <summary>
    /// A large request arrives, which needs a buffer of this size. The hard limit of the job before must not end the worker for that: nobody would know why.
    /// </summary>
    public void AllowRequest(long bytes)
    {
        TrySetHardLimit(GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes + (2 * bytes) + (32 * Megabyte));
        hardLimitOf = -1;
    }

    /// <summary>A job was taken: containment holds from here on, while its captured values are read.</summary>
    public void Begin(long jobAttempt, long maxHeapBytes, long maxResidentBytes, int callBytes)
    {
        attempt = jobAttempt;
        heapLimit = maxHeapBytes;
        residentLimit = maxResidentBytes;
        page->PeakManaged = 0;
        page->PeakResident = residentBase;
        Contain(maxHeapBytes, callBytes);
        jobs++;
        Volatile.Write(ref state, Running);
    }

    /// <summary>The function is about to start: its growth counts from here.</summary>
    public void Start()
    {
        if (AllocatedSinceBase > Math.Max(heapLimit, liveBase) / DriftParts)
            Rebase();
        heapAtStart = GC.GetTotalMemory(false);
        allocatedAtStart = allocatedAtConfirm = GC.GetTotalAllocatedBytes(false);
        liveAtStart = liveBase + (allocatedAtStart - allocatedAtBase);
        confirms = 0;
        watching = true;
        Interlocked.MemoryBarrier();
        if (parked)
        {
            lock (wake)
                Monitor.Pulse(wake);
        }

        threadAllocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>The function has returned and its result is still alive: its limit is checked once more. Does not return when it is passed.</summary>
    public void CheckAtEnd()
    {
        var byThread = GC.GetAllocatedBytesForCurrentThread() - threadAllocatedAtStart;
        var byAll = GC.GetTotalAllocatedBytes(false) - allocatedAtStart;
        var growth = GC.GetTotalMemory(false) - heapAtStart;
        var allocated = Math.Max(byThread, byAll);
        if (allocated > heapLimit && (heapLimit < SmallLimit || growth > heapLimit - (heapLimit / DriftParts)))
            Confirm();
        else
            page->PeakManaged = Math.Max(page->PeakManaged, Math.Min(growth, allocated));
    }

    /// <summary>The job has ended. Does not return when a limit is ending the process.</summary>
    public void End()
    {
        watching = false;
        if (Interlocked.CompareExchange(ref state, Idle, Running) != Running)
            Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Between jobs: collects, gives memory back, and takes the new state as the base.</summary>
    public void Recover()
    {
        Rebase();
        if (GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes > committedBase + (16 * Megabyte))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _ = LibC.MallocTrim(0);
            Rebase();
        }
    }

    private void Rebase()
    {
        liveBase = CollectAndMeasure();
        allocatedAtBase = GC.GetTotalAllocatedBytes(false);
        residentBase = proc.ResidentBytes();
        var committed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        if (committedBase == 0 || Math.Abs(committed - committedBase) > Megabyte)
        {
            if (committedBase == 0 || committed < committedBase)
                committedBase = committed;
            hardLimitOf = -1;
        }
    }

    private static long CollectAndMeasure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        var info = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return info.HeapSizeBytes - info.FragmentedBytes;
    }

    /// <summary>Sets the collector's hard limit; it counts committed memory, so it can only contain, never measure.</summary>
    /// <param name="limit">The job's limit.</param>
    /// <param name="callBytes">What its captured values take as bytes: they are there more than once while they are read, before the job's own use of memory counts.</param>
    private void Contain(long limit, int callBytes)
    {
        if (limit == hardLimitOf && callBytes < Megabyte)
            return;
        var room = (2 * limit) + (4L * callBytes) + (32 * Megabyte);
        if (!TrySetHardLimit(GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes + room))
        {
            // More is committed than was last known: the limit must not lie below it.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            SetHardLimit((2 * GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes) + room + (32 * Megabyte));
        }

        hardLimitOf = callBytes < Megabyte ? limit : -1;
    }

    private static bool TrySetHardLimit(long bytes)
    {
        try
        {
            SetHardLimit(bytes);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void SetHardLimit(long bytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)bytes);
        GC.RefreshMemoryLimit();
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

    /// <returns>After how many nanoseconds to look again: sooner the nearer the job is to a limit.</returns>
    private long Look()
    {
        var resident = proc.ResidentBytes();
        if (resident > page->PeakResident)
            page->PeakResident = resident;
        if (resident - residentBase > residentLimit)
            Die(MemoryLimitSource.ResidentMemory, resident - residentBase, residentLimit);

        var growth = GC.GetTotalMemory(false) - heapAtStart;
        if (growth > heapLimit && MayConfirm())
            Confirm();
        else if (growth > page->PeakManaged && growth <= heapLimit)
            page->PeakManaged = growth;

        // A thread can allocate about 4 MB in a millisecond.
        var room = Math.Min(heapLimit - growth, residentLimit - (resident - residentBase));
        return Math.Clamp(room / 4, 1_000_000, 5_000_000);
    }

    /// <summary>A full collection costs as much as the live heap is large, so a job buys the next by allocating.</summary>
    private bool MayConfirm()
        => confirms == 0 || GC.GetTotalAllocatedBytes(false) - allocatedAtConfirm >= Math.Max(2 * Megabyte, heapLimit / 4);

    private void Confirm()
    {
        confirms++;
        var live = CollectAndMeasure() - liveAtStart;
        allocatedAtConfirm = GC.GetTotalAllocatedBytes(false);
        if (live > page->PeakManaged)
            page->PeakManaged = live;
        if (live > heapLimit)
            Die(MemoryLimitSource.ManagedHeap, live, heapLimit);
        var committed = GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes - committedBase;
        if (committed > heapLimit + (heapLimit / 4) + (8 * Megabyte))
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    // Under memory pressure the arguments themselves may be null. Nothing here may allocate.
    private void OnFirstChance(object? sender, FirstChanceExceptionEventArgs? e)
    {
        // InsufficientMemoryException is one too, which nobody but code that asks for it throws: it is not about this heap.
        if (Volatile.Read(ref state) != Idle && (e is null || e.Exception is OutOfMemoryException and not InsufficientMemoryException))
            Die(MemoryLimitSource.AllocationFailure, Math.Max(page->PeakManaged, GC.GetTotalMemory(false) - heapAtStart), heapLimit);
    }

    private void Die(MemoryLimitSource source, long used, long limit)
    {
        if (Interlocked.CompareExchange(ref state, Dying, Running) != Running)
        {
            // Another thread is at it, or the job has just ended well.
            while (Volatile.Read(ref state) == Dying)
                _ = LibC.Poll(null, 0, -1);
            return;
        }

        page->MemoryUsed = used;
        page->MemoryLimit = limit;
        page->MemoryAttempt = attempt;
        Volatile.Write(ref page->MemorySource, (int)source);
        LibC.ExitNow(WorkerExitCodes.Memory);
    }
}
