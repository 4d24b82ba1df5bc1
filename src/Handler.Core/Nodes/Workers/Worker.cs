using System.Diagnostics;
using Handler.Guard;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// One worker process as the dispatcher sees it: its state and its jobs. All of this is guarded by the
/// dispatcher's gate; the thread of <see cref="WorkerThread"/> serves the process itself.
/// </summary>
/// <param name="headcount">Counts this worker while it stays.</param>
internal sealed unsafe class Worker(StayingWorkers headcount)
{
    /// <summary>Jobs up to this size may share a write with others, in bytes.</summary>
    public const int MaxSharedBytes = 4 << 10;

    /// <summary>The most memory that a process can hold, in bytes.</summary>
    public static readonly long MachineMemory = Math.Max(1L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>
    /// A worker that was idle for this long, in ns, has finished its own work, so the processor time that it uses from here on belongs to its
    /// next job. Shorter idle times are too frequent to ask the kernel each time.
    /// </summary>
    private const long LongIdle = 1_000_000;

    /// <summary>Jobs that share a write take at most this much of the pipe together, in bytes, so that writing them never blocks.</summary>
    public const int MaxSharedBytesTogether = 32 << 10;

    private readonly Job?[] jobs = new Job?[SharedPage.Slots];
    private int firstSlot;
    private int nextSlot;
    private long kernelLimit;
    private Job? noted;
    private long notedStart;
    private Job? cpuOf;
    private long cpuWithin;

    public WorkerState State { get; set => Change(ref field, value); } = headcount.Join();

    /// <summary>The process; <see langword="null"/> until it is started.</summary>
    public IWorkerProcess? Process { get; set; }

    /// <summary>The thread that serves it; <see langword="null"/> before it is started.</summary>
    public WorkerThread? Thread { get; set; }

    /// <summary>Tracks whether that thread runs an inline continuation.</summary>
    public InlineContinuation Loan { get; } = new();

    /// <summary>When its start began, in Stopwatch ticks (ns).</summary>
    public long StartedAt { get; init; }

    /// <summary>How much more memory it may keep between jobs than when it was fresh, in bytes.</summary>
    public long MaxGrowthBytes { get; init; }

    /// <summary>When it became ready.</summary>
    public long ReadyAt { get; set; }

    /// <summary>When it became idle.</summary>
    public long IdleSince { get; set; }

    /// <summary>How many jobs it has been given.</summary>
    public int JobsTaken { get; set; }

    /// <summary>The number of jobs after which it is replaced.</summary>
    public int JobsAllowed { get; init; }

    /// <summary>When it is replaced because of its age.</summary>
    public long ReplaceAt { get; init; }

    /// <summary>Whether it retires as soon as its replacement is ready.</summary>
    public bool Ageing { get; set => Change(ref field, value); }

    /// <summary>Why it gets no more jobs and ends when it has none left; <see langword="null"/> while it stays.</summary>
    public string? Retiring { get; set => Change(ref field, value); }

    /// <summary>
    /// Why this node has killed it. This applies to the job <see cref="KilledAttempt"/>, or to all of its jobs if that is 0.
    /// </summary>
    public JobFailure? Kill { get; private set; }

    public long KilledAttempt { get; private set; }

    /// <summary>The maximum size of an answer, in bytes.</summary>
    public int MaxPayloadBytes { get; init; }

    /// <summary>The memory of the processes that its jobs started, as last measured, in bytes.</summary>
    public long MemoryBeside { get; set; }

    /// <summary>How much memory it held when it became ready, in bytes.</summary>
    public long ReadyResident { get; set; }

    /// <summary>When its resident memory is next measured from outside.</summary>
    public long NextMemoryLook { get; set; }

    /// <summary>
    /// Whether it waits a moment for more jobs, so that they can be sent together; see <see cref="Dispatcher.StartGathering"/>.
    /// </summary>
    public bool Gathering { get; set; }

    /// <summary>Whether its last answers came so quickly that jobs wait for it instead of waking an idle worker.</summary>
    public bool Quick { get; set; }

    /// <summary>The longest run among the answers since it last got jobs, in ns.</summary>
    public long LongestRun { get; set; }

    /// <summary>When its current first job became the first, in Stopwatch ticks (ns). The job starts about then.</summary>
    public long FirstSince { get; private set; }

    /// <summary>The number of bytes of answers received from it. Written by its thread.</summary>
    public long Received { get; set; }

    /// <summary>Its processor time at some point before its first job started, in ns, as read by this node.</summary>
    public long CpuBefore { get; private set; }

    /// <summary>Whether it ends itself if this node is unresponsive for too long.</summary>
    public bool MayAbandon { get; init; }

    /// <summary>The pool of its jobs, as long as it has any.</summary>
    public string? Pool { get; private set; }

    /// <summary>How many jobs it has.</summary>
    public int JobCount { get; private set; }

    /// <summary>Whether it has a job that does not share the worker with other jobs.</summary>
    public bool IsExclusive { get; private set; }

    /// <summary>The number of bytes of requests that were sent to it and that it may not have read yet.</summary>
    public int BytesSent { get; private set; }

    /// <summary>Whether it is starting, idle or busy, and not about to be replaced.</summary>
    public bool IsStaying => State != WorkerState.Ended && Retiring is null && !Ageing;

    private void Change<T>(ref T property, T value)
    {
        var stayed = IsStaying;
        property = value;
        if (stayed != IsStaying)
            headcount.Staying += stayed ? -1 : 1;
    }

    /// <summary>Gives it a job. From here on both the node and the worker may claim the job.</summary>
    public void Assign(Job job, long now)
    {
        while (jobs[nextSlot] is not null)
            nextSlot = (nextSlot + 1) % SharedPage.Slots;
        job.Worker = this;
        job.Slot = nextSlot;
        job.SentAt = now;
        job.SentAfter = long.MaxValue;
        jobs[nextSlot] = job;
        if (JobCount == 0)
        {
            (firstSlot, FirstSince) = (nextSlot, now);
            if (State == WorkerState.Idle && now - IdleSince > LongIdle)
                ReadCpu(job, isStart: true);
        }

        nextSlot = (nextSlot + 1) % SharedPage.Slots;
        if (JobCount++ == 0)
            Pool = job.Pool;
        BytesSent += RequestHead.Size + job.Call.Length;
        JobsTaken++;
        IsExclusive |= !job.Shares;
        State = WorkerState.Busy;
        LimitMemory(job, first: JobCount == 1);
        Volatile.Write(ref Process!.Page->Claims[job.Slot], SharedPage.OfferOf(job.Attempt));
    }

    /// <summary>
    /// Sets the kernel's limit. It applies to the whole process, so it includes the memory that the worker had when it was fresh, the memory that
    /// it may keep between jobs, and the memory for reading arguments and writing answers. Jobs that share the worker share the largest limit.
    /// </summary>
    private void LimitMemory(Job job, bool first)
    {
        var limit = job.Limits.EffectiveResidentBytes + Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        kernelLimit = first ? limit : Math.Max(kernelLimit, limit);
        Process!.LimitMemory(ReadyResident + MaxGrowthBytes + kernelLimit);
    }

    /// <summary>
    /// How much memory it may hold while it runs a job, in bytes. The worker reports how much it held before the function started, and the phase
    /// that it is in. Both are believed only within the possible range.
    /// </summary>
    public long MemoryLimitOf(Job job)
    {
        var page = Process!.Page;
        var toRead = MemoryRoom.ToRead(job.Call.Length);
        var start = Math.Clamp(Volatile.Read(ref page->ResidentBase), ReadyResident, ReadyResident + MaxGrowthBytes + toRead);
        var room = Volatile.Read(ref page->StartedAttempt) != job.Attempt ? toRead
            : Volatile.Read(ref page->WritingAttempt) == job.Attempt ? MemoryRoom.ToWrite(MaxPayloadBytes)
            : 0;
        return start + job.Limits.EffectiveResidentBytes + room;
    }

    /// <summary>The most memory that it can have held if it has answered a job, in bytes. With more it would have been killed.</summary>
    public long MostMemoryOf(Job job)
    {
        var own = Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        return Math.Min(MachineMemory, ReadyResident + MaxGrowthBytes + own + job.Limits.EffectiveResidentBytes);
    }

    /// <summary>
    /// The largest peak that is believed for a job that did not complete, in bytes: as much as a completed job can have held, or more if the node
    /// itself has measured more.
    /// </summary>
    public long MostBelievedOf(Job job) => Math.Max(job.PeakSeen, MostMemoryOf(job));

    /// <summary>Tells it whether its next job is likely to follow this one immediately.</summary>
    public void ExpectNext(bool soon)
    {
        var value = soon ? 1 : 0;
        if (Process!.Page->NextIsNear != value)
            Volatile.Write(ref Process.Page->NextIsNear, value);
    }

    /// <summary>The current state of a job's claim.</summary>
    public long Claim(Job job) => Volatile.Read(ref Process!.Page->Claims[job.Slot]);

    /// <summary>Whether a job is on offer, according to the shared page. A job that has started can have put its offer back.</summary>
    public bool IsOffered(Job job) => Claim(job) == SharedPage.OfferOf(job.Attempt);

    /// <summary>
    /// The first of its jobs: the one that it runs or starts next, because it takes them in order. <see langword="null"/> if it has none.
    /// </summary>
    public Job? First
    {
        get
        {
            if (JobCount == 0)
                return null;
            while (jobs[firstSlot] is null)
                firstSlot = (firstSlot + 1) % SharedPage.Slots;
            return jobs[firstSlot];
        }
    }

    /// <summary>
    /// Takes back a job that it has not started. Returns <see langword="false"/> if it has started it, or was seen to have taken it.
    /// </summary>
    public bool TryRevoke(Job job)
    {
        var offer = SharedPage.OfferOf(job.Attempt);
        if (job.WasTaken || Interlocked.CompareExchange(ref Process!.Page->Claims[job.Slot], SharedPage.Revoked, offer) != offer)
        {
            job.WasTaken = true;
            return false;
        }

        var wasFirst = First == job;
        Remove(job);
        if (wasFirst)
            FirstSince = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>
    /// Whether it may have started its first job although the shared page says that the job is on offer: it may have read the request. Its other
    /// jobs come after that one.
    /// </summary>
    public bool MayHaveStartedFirst() => First is { } job && Process!.MayHaveReadBeyond(job.SentAfter);

    /// <summary>Whether the answer for a job is in the shared page, to be sent together with the next answers.</summary>
    public bool HasPublished(Job job) => PublishedAnswers.Contain(Process!.Page, Received, job.Attempt);

    /// <summary>Removes a job that it has answered.</summary>
    public void RemoveAnswered(Job job, long now)
    {
        Remove(job);
        FirstSince = now;
    }

    /// <summary>Reads its processor time.</summary>
    /// <param name="job">The job that it runs or is about to get.</param>
    /// <param name="isStart">Whether that job has not started yet.</param>
    public void ReadCpu(Job job, bool isStart)
    {
        if (cpuOf == job || Process!.CpuNanoseconds() is not (> 0 and var now))
            return;
        (cpuOf, cpuWithin) = (job, now);
        if (isStart)
            CpuBefore = now;
    }

    /// <summary>
    /// The processor time of a job that has ended, in ns: the worker's figure, kept within the figures that this node has read.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="said">The worker's figure.</param>
    /// <param name="total">The worker's processor time now, as read by this node; 0 if it was not read.</param>
    /// <param name="own">How much of it the worker may have used itself, to read the call and write the answer.</param>
    /// <param name="most">The upper bound that follows from other facts.</param>
    public long CpuOf(Job job, long said, long total, long own, long most)
    {
        said = Math.Clamp(said, 0, most);
        if (total == 0)
            return said;
        said = Math.Min(said, Math.Max(0, total - CpuBefore));
        var seen = cpuOf == job ? total - cpuWithin : 0;
        CpuBefore = total;
        return said + (seen / 8) + own < seen ? seen : said;
    }

    /// <summary>Kills it for a job that it runs. Returns <see langword="false"/> if that job has ended by itself.</summary>
    public bool TryCondemn(Job job, long claim, JobFailure verdict)
    {
        if (Kill is not null
            || Interlocked.CompareExchange(ref Process!.Page->Claims[job.Slot], SharedPage.Condemned, claim) != claim)
        {
            return false;
        }

        if (SharedPage.IsStartTime(claim))
            NoteStart(job, claim);
        job.WasTaken = true;
        KilledAttempt = job.Attempt;
        KillFor(verdict);
        return true;
    }

    /// <summary>Records when a job started, because a condemned claim no longer holds the start time.</summary>
    public void NoteStart(Job job, long startedAt) => (noted, notedStart) = (job, startedAt);

    /// <summary>When a job started, as far as is known; otherwise when it was sent.</summary>
    public long StartOf(Job job) => noted == job ? notedStart : job.SentAt;

    /// <summary>Shows the worker that this node is responsive; see Handler.Guard.OwnerWatch.</summary>
    public void ShowPresence(long now) => Volatile.Write(ref Process!.Page->OwnerSeenAt, now);

    /// <summary>Asks the worker to cancel the function's token.</summary>
    public void AskToCancel(Job job) => Volatile.Write(ref Process!.Page->CancelAttempt, job.Attempt);

    /// <summary>Kills it with all of its jobs.</summary>
    public void KillFor(JobFailure verdict)
    {
        Kill ??= verdict;
        Retiring ??= verdict.ToString();
        Process?.Kill();
    }

    /// <summary>Ends a worker that has no jobs and did nothing wrong.</summary>
    public void Dismiss(string reason)
    {
        Retiring ??= reason;
        Process?.Kill();
    }

    /// <summary>The job in a slot, if it has the given attempt number.</summary>
    public Job? Find(int slot, long attempt)
        => slot < jobs.Length && jobs[slot] is { } job && job.Attempt == attempt ? job : null;

    public void Remove(Job job)
    {
        jobs[job.Slot] = null;
        job.Worker = null;
        JobCount--;
        if (JobCount == 0)
        {
            BytesSent = 0; // it has read all of them
            IsExclusive = false;
        }
    }

    /// <summary>Its jobs in the order in which they were sent.</summary>
    public IEnumerable<Job> Jobs()
    {
        for (var i = 0; i < jobs.Length; i++)
        {
            if (jobs[(nextSlot + i) % jobs.Length] is { } job)
                yield return job;
        }
    }

    /// <summary>
    /// The facts about its exit that concern one job. The data that the worker left in the shared page is believed only if it fits the way in
    /// which the worker exited, and numbers only within the possible range.
    /// </summary>
    public Evidence EvidenceFor(Job job, ExitStatus status, string lastWords) => new()
    {
        Kill = KilledAttempt == 0 || KilledAttempt == job.Attempt ? Kill : null,
        NodeStoodStill = MayAbandon && status.Signal == LibC.SIGKILL && Process!.Page->AbandonedAttempt == job.Attempt,
        ForeignCrash = Process!.Page->ForeignCrash == job.Attempt,
        Memory = status.Code == WorkerExitCodes.Memory || status is { Code: null, Signal: null } ? ReportOf(job) : null,
        ControlGroup = Process!.KilledByControlGroup() is { } charged
            ? JobOutOfMemory.Of(job.Limits, job.Limits.EffectiveResidentBytes, charged, MemoryLimitSource.ControlGroup)
            : null,
        Status = status,
        OwnExitCode = SharedPage.ExitCode(Process.Page),
        LastWords = lastWords,
    };

    private JobOutOfMemory? ReportOf(Job job)
    {
        var page = Process!.Page;
        var source = (MemoryLimitSource)Volatile.Read(ref page->MemorySource); // read once: processes that its jobs left behind may still write
        if (page->MemoryAttempt != job.Attempt || source is not (MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure or MemoryLimitSource.ResidentMemory))
            return null;
        var limit = job.LimitOf(source);
        var most = MostBelievedOf(job);
        return JobOutOfMemory.Of(job.Limits, limit, Math.Clamp(page->MemoryUsed, Math.Min(limit, most), most), source);
    }
}
