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
/// What the worker needs to read the arguments and to write the answer comes on top: see <see cref="MemoryRoom"/>.
/// The figures were measured: see docs/limits.md.
/// </remarks>
internal sealed unsafe class MemoryGuard
{
    private const int Idle = 0, Running = 1, Dying = 2;
    private const long Megabyte = 1 << 20;

    /// <summary>Each of so many looks is at what is held through descriptors, too: some µs for each of them.</summary>
    private const int LooksPerDescriptors = 16;

    /// <summary>From this size on what a job leaves to write, or has brought as arguments, needs more of the heap than there is room for anyway, in bytes.</summary>
    private const long Sizable = Megabyte;

    /// <summary>Up to this many allocated bytes count as growth without measuring the heap, which takes longer than many jobs.</summary>
    private const long Negligible = 16 << 10;

    /// <summary>Below this limit a full collection decides at the job's end whenever it allocated more than the limit.</summary>
    private const long SmallLimit = Megabyte;

    /// <summary>How far the heap may have drifted since its live size was last known: one part in this many of the limit.</summary>
    private const long DriftParts = 64;

    private readonly SharedPage* page;
    private readonly ProcessMemory memory = new("self");
    private readonly HardLimit hardLimit = new();
    private readonly object wake = new();
    private readonly Action tick;

    [ThreadStatic]
    private static bool looking; // an exception of the look itself

    private int state;
    private volatile bool watching;
    private volatile Phase phase;
    private bool parked;
    private long jobs;
    private int looks;

    private long attempt;
    private long heapLimit;
    private long residentLimit;
    private int callBytes;
    private bool hasRoomToWrite;
    private long freshByDescriptors;

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
    private long growthAtEnd;
    private int confirms;

    public MemoryGuard(SharedPage* page, Action tick)
    {
        this.page = page;
        this.tick = tick;
        AppDomain.CurrentDomain.FirstChanceException += OnFirstChance;
        RuntimeHelpers.PrepareMethod(((Action<MemoryLimitSource, long, long>)Die).Method.MethodHandle);
        RuntimeHelpers.PrepareMethod(((Func<Exception, bool>)IsRefusedThread).Method.MethodHandle);
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

    /// <summary>How large an answer may be, in bytes.</summary>
    public int MaxPayloadBytes { get; set; }

    /// <summary>Whether jobs have left something open that holds memory, which a later one may add to.</summary>
    public bool HoldsThroughDescriptors => memory.HeldByDescriptors > freshByDescriptors + Megabyte;

    /// <summary>Bytes allocated since the live heap was last measured.</summary>
    public long AllocatedSinceBase => GC.GetTotalAllocatedBytes(false) - allocatedAtBase;

    /// <summary>Takes the present state for that of a fresh worker.</summary>
    public void TakeFresh()
    {
        Rebase(withDescriptors: true);
        freshByDescriptors = memory.HeldByDescriptors;
        FreshLive = liveBase;
        FreshResident = residentBase;
    }

    /// <summary>
    /// A large request arrives, which needs a buffer of this size. The hard limit of the job before must not end the worker for that: nobody would know why.
    /// </summary>
    public void AllowRequest(long bytes) => hardLimit.Raise((2 * bytes) + (32 * Megabyte));

    /// <summary>Between jobs: puts the collector's limit back where a job has changed it.</summary>
    /// <returns>Whether it is as it was, or can be set for the next job.</returns>
    public bool RestoreLimit() => hardLimit.Restore();

    /// <summary>A job was taken: containment holds from here on, while its captured values are read.</summary>
    public void Begin(long jobAttempt, long maxHeapBytes, long maxResidentBytes, int jobCallBytes)
    {
        attempt = jobAttempt;
        heapLimit = maxHeapBytes;
        residentLimit = maxResidentBytes;
        callBytes = jobCallBytes;
        hasRoomToWrite = false;
        growthAtEnd = 0;
        page->PeakManaged = 0;
        page->PeakResident = residentBase;
        hardLimit.SetFor(maxHeapBytes, jobCallBytes);
        jobs++;
        phase = Phase.Reading;
        Volatile.Write(ref state, Running);
        watching = true;
        Interlocked.MemoryBarrier();
        if (parked)
        {
            lock (wake)
                Monitor.Pulse(wake);
        }
    }

    /// <summary>The function is about to start: its growth counts from here.</summary>
    public void Start()
    {
        allocatedAtStart = GC.GetTotalAllocatedBytes(false);
        if (allocatedAtStart - allocatedAtBase > Math.Max(heapLimit, liveBase) / DriftParts)
        {
            Rebase(withDescriptors: false);
            allocatedAtStart = GC.GetTotalAllocatedBytes(false);
        }

        if (callBytes >= Sizable)
            hardLimit.SetFor(heapLimit, 0); // the room to read is no room for the function
        heapAtStart = GC.GetTotalMemory(false);
        allocatedAtConfirm = allocatedAtStart;
        liveAtStart = liveBase + (allocatedAtStart - allocatedAtBase);
        confirms = 0;
        Volatile.Write(ref page->StartedAttempt, attempt);
        phase = Phase.Running;
        threadAllocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>The function has returned and its result is still alive: its limit is checked once more. Does not return when it is passed.</summary>
    public void CheckAtEnd()
    {
        var byThread = GC.GetAllocatedBytesForCurrentThread() - threadAllocatedAtStart;
        var byAll = GC.GetTotalAllocatedBytes(false) - allocatedAtStart;
        var allocated = Math.Max(byThread, byAll);
        var growth = growthAtEnd = allocated <= Negligible ? allocated : GC.GetTotalMemory(false) - heapAtStart;
        if (allocated > heapLimit && (heapLimit < SmallLimit || growth > heapLimit - (heapLimit / DriftParts)))
            Confirm();
        else
            page->PeakManaged = Math.Max(page->PeakManaged, Math.Min(growth, allocated));
    }

    /// <summary>
    /// The function has thrown and its exception is still alive. To make one takes memory that no function can do without, so only what holds much more than the limit is looked at.
    /// </summary>
    public void CheckAtFailure()
    {
        if (phase != Phase.Running)
            return;
        growthAtEnd = GC.GetTotalMemory(false) - heapAtStart;
        if (growthAtEnd > heapLimit + Megabyte)
            Confirm();
    }

    /// <summary>What is used from here on is for writing the answer. Code of the job may run in it, so there is a limit to that, too.</summary>
    public void StartWriting()
    {
        Volatile.Write(ref page->WritingAttempt, attempt);
        phase = Phase.Writing;
        if (growthAtEnd > Sizable || callBytes > Sizable)
            AllowLargeAnswer();
    }

    /// <summary>The answer is, or may become, larger than what there is room for anyway.</summary>
    public void AllowLargeAnswer()
    {
        if (hasRoomToWrite)
            return;
        hasRoomToWrite = true;
        hardLimit.Raise(MemoryRoom.ToWriteOnHeap(Math.Max(heapLimit, growthAtEnd) + MemoryRoom.ToRead(callBytes), MaxPayloadBytes));
    }

    /// <summary>The job has ended. Does not return when a limit is ending the process.</summary>
    public void End()
    {
        watching = false;
        if (Interlocked.CompareExchange(ref state, Idle, Running) != Running)
            Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Between jobs, where that costs nothing to speak of: what is resident is no part of the next job.</summary>
    /// <param name="withDescriptors">Whether what is held through descriptors is looked at anew.</param>
    public void TakeResident(bool withDescriptors) => page->ResidentBase = residentBase = memory.Used(withDescriptors);

    /// <summary>Between jobs: collects, gives memory back, and takes the new state as the base.</summary>
    /// <param name="withDescriptors">Whether what is held through descriptors is looked at anew.</param>
    public void Recover(bool withDescriptors)
    {
        Rebase(withDescriptors);
        if (GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes > committedBase + (16 * Megabyte))
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

    /// <returns>After how many nanoseconds to look again: sooner the nearer the job is to a limit.</returns>
    private long Look()
    {
        var (job, at) = (jobs, phase);
        var limit = residentLimit + at switch
        {
            Phase.Reading => MemoryRoom.ToRead(callBytes),
            Phase.Writing => MemoryRoom.ToWrite(MaxPayloadBytes),
            _ => 0,
        };
        var resident = memory.Used(withDescriptors: ++looks % LooksPerDescriptors == 0);
        if (jobs != job || phase != at)
            return Megabyte; // what was seen may be of what comes now
        if (resident > page->PeakResident)
            page->PeakResident = resident;
        if (resident - residentBase > limit)
            Die(MemoryLimitSource.ResidentMemory, resident - residentBase, residentLimit);
        var room = limit - (resident - residentBase);
        if (at == Phase.Running)
            room = Math.Min(room, LookAtHeap());

        // A thread can allocate about 4 MB in a millisecond.
        return Math.Clamp(room / 4, 1_000_000, 5_000_000);
    }

    /// <returns>How far it may grow, in bytes.</returns>
    private long LookAtHeap()
    {
        var growth = GC.GetTotalMemory(false) - heapAtStart;
        if (growth > heapLimit && MayConfirm())
            Confirm();
        else if (growth > page->PeakManaged && growth <= heapLimit)
            page->PeakManaged = growth;
        return heapLimit - growth;
    }

    /// <summary>A full collection costs as much as the live heap is large, so a job buys the next by allocating.</summary>
    private bool MayConfirm()
        => confirms == 0 || GC.GetTotalAllocatedBytes(false) - allocatedAtConfirm >= Math.Max(2 * Megabyte, heapLimit / 4);

    private void Confirm()
    {
        confirms++;
        var (job, start) = (jobs, liveAtStart);
        var live = CollectAndMeasure() - start;
        if (jobs != job || phase != Phase.Running)
            return; // the function has ended meanwhile: what was measured may be of its answer, or of the next job
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
        if (Volatile.Read(ref state) != Idle && (e is null || (e.Exception is OutOfMemoryException and not InsufficientMemoryException && !IsRefusedThread(e.Exception))))
            Die(MemoryLimitSource.AllocationFailure, Math.Max(page->PeakManaged, GC.GetTotalMemory(false) - heapAtStart), heapLimit);
    }

    /// <summary>
    /// The runtime calls it out of memory too when the system refuses a thread; only the stack tells. It is looked at only while the heap is so far from its limit that looking has
    /// the memory it takes.
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

    /// <summary>What a job is at.</summary>
    private enum Phase
    {
        /// <summary>Its arguments are read.</summary>
        Reading,

        /// <summary>Its function runs.</summary>
        Running,

        /// <summary>Its answer is written.</summary>
        Writing,
    }
}
