using System.Diagnostics;
using Handler.Guard;
using Handler.Nodes;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Workers;

/// <summary>
/// One worker process as the dispatcher sees it: what it is doing and which jobs it has. All of this is guarded by the
/// dispatcher's gate; the thread of <see cref="WorkerThread"/> lives with the process itself.
/// </summary>
/// <param name="headcount">Where it counts while it stays.</param>
internal sealed unsafe class Worker(StayingWorkers headcount)
{
    /// <summary>Jobs up to this size may share a write with others, in bytes.</summary>
    public const int MaxSharedBytes = 4 << 10;

    /// <summary>No process can hold more, in bytes.</summary>
    public static readonly long MachineMemory = Math.Max(1L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>A worker that has had nothing to do for so long has done its own work, so that what it uses from here on is of its next job; in ns. Shorter ones are too many to ask the kernel each time.</summary>
    private const long LongIdle = 1_000_000;

    /// <summary>Jobs that share take up to this much of the pipe together, so that writing them never blocks, in bytes.</summary>
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

    /// <summary>The thread that has it; <see langword="null"/> before it is started.</summary>
    public WorkerThread? Thread { get; set; }

    /// <summary>Whether that thread is with a caller.</summary>
    public InlineContinuation Loan { get; } = new();

    /// <summary>When its start began, in Stopwatch ticks.</summary>
    public long StartedAt { get; init; }

    /// <summary>How much it may keep between jobs over what it had when it was fresh, in bytes.</summary>
    public long MaxGrowthBytes { get; init; }

    /// <summary>When it became ready.</summary>
    public long ReadyAt { get; set; }

    /// <summary>Since when it has had nothing to do.</summary>
    public long IdleSince { get; set; }

    /// <summary>How many jobs it has been given.</summary>
    public int JobsTaken { get; set; }

    /// <summary>After how many jobs it is to be replaced.</summary>
    public int JobsAllowed { get; init; }

    /// <summary>When it is to be replaced for its age.</summary>
    public long ReplaceAt { get; init; }

    /// <summary>That it is to be replaced, as soon as its replacement is ready.</summary>
    public bool Ageing { get; set => Change(ref field, value); }

    /// <summary>Why it gets no more jobs and ends when it has none left; <see langword="null"/> while it stays.</summary>
    public string? Retiring { get; set => Change(ref field, value); }

    /// <summary>Why this node has killed it, for the job <see cref="KilledAttempt"/> or (0) for all it has.</summary>
    public Verdict? Kill { get; private set; }

    public long KilledAttempt { get; private set; }

    /// <summary>How large an answer may be, in bytes.</summary>
    public int MaxPayloadBytes { get; init; }

    /// <summary>What the processes that its jobs started hold of memory, as of the last look at them; in bytes.</summary>
    public long MemoryBeside { get; set; }

    /// <summary>How much memory it held when it became ready, in bytes.</summary>
    public long ReadyResident { get; set; }

    /// <summary>When its resident size is looked at next from outside.</summary>
    public long NextMemoryLook { get; set; }

    /// <summary>Whether it waits a moment for more jobs to be sent together: see <see cref="Dispatcher.StartGathering"/>.</summary>
    public bool Gathering { get; set; }

    /// <summary>Whether its last answers came so quickly that jobs wait for it rather than wake an idle worker.</summary>
    public bool Quick { get; set; }

    /// <summary>The longest run among the answers since it last got jobs, in ns.</summary>
    public long LongestRun { get; set; }

    /// <summary>Since when the first of its jobs has been that, in Stopwatch ticks. It starts about then.</summary>
    public long FirstSince { get; private set; }

    /// <summary>How many bytes of answers have come from it. Written by its thread.</summary>
    public long Received { get; set; }

    /// <summary>Its processor time at some time before its first job started, in ns, as this node read it.</summary>
    public long CpuBefore { get; private set; }

    /// <summary>Whether it ends itself when this node stands still for too long.</summary>
    public bool MayAbandon { get; init; }

    /// <summary>The pool of the jobs that it has, as long as it has any.</summary>
    public string? Pool { get; private set; }

    /// <summary>How many jobs it has.</summary>
    public int JobCount { get; private set; }

    /// <summary>Whether it has a job that shares it with no other.</summary>
    public bool IsExclusive { get; private set; }

    /// <summary>How many bytes of requests it has and may not have read yet.</summary>
    public int BytesSent { get; private set; }

    /// <summary>Whether it is starting, idle or busy and not about to be replaced.</summary>
    public bool IsStaying => State != WorkerState.Ended && Retiring is null && !Ageing;

    private void Change<T>(ref T property, T value)
    {
        var stayed = IsStaying;
        property = value;
        if (stayed != IsStaying)
            headcount.Staying += stayed ? -1 : 1;
    }

    /// <summary>Gives it a job: from here on either of the two sides may claim it.</summary>
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
    /// The kernel's limit is for the process, so what it had when it was fresh, and what it may keep between jobs, comes on top; so does what it needs to read arguments and write answers. Jobs
    /// that share the worker share the largest.
    /// </summary>
    private void LimitMemory(Job job, bool first)
    {
        var limit = job.Limits.EffectiveResidentBytes + Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        kernelLimit = first ? limit : Math.Max(kernelLimit, limit);
        Process!.LimitMemory(ReadyResident + MaxGrowthBytes + kernelLimit);
    }

    /// <summary>
    /// How much memory it may hold while it runs a job, in bytes. The worker says what it held before the function started and what it is at; both only within what can be.
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

    /// <summary>The most memory that it can have held when it has answered a job: with more it would have been ended. In bytes.</summary>
    public long MostMemoryOf(Job job)
    {
        var own = Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        return Math.Min(MachineMemory, ReadyResident + MaxGrowthBytes + own + job.Limits.EffectiveResidentBytes);
    }

    /// <summary>The largest peak that is believed for a job that did not complete, in bytes: as much as a completed job can have held, or more if the node itself has measured it.</summary>
    public long MostBelievedOf(Job job) => Math.Max(job.PeakSeen, MostMemoryOf(job));

    /// <summary>Tells it whether its next job is likely to follow this one at once.</summary>
    public void ExpectNext(bool near)
    {
        var value = near ? 1 : 0;
        if (Process!.Page->NextIsNear != value)
            Volatile.Write(ref Process.Page->NextIsNear, value);
    }

    /// <summary>What became of a job's offer.</summary>
    public long Claim(Job job) => Volatile.Read(ref Process!.Page->Claims[job.Slot]);

    /// <summary>Whether a job is on offer, as the page says. A job that has started can have put its offer back.</summary>
    public bool IsOffered(Job job) => Claim(job) == SharedPage.OfferOf(job.Attempt);

    /// <summary>The first of its jobs, which is the one that it runs or takes up next: it takes them in order. <see langword="null"/> if it has none.</summary>
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

    /// <summary>Takes a job back that it has not started; <see langword="false"/> when it has, or was seen to have.</summary>
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

    /// <summary>Whether it may have started its first job although the page says that it is on offer: it has read the request. The others come after it.</summary>
    public bool MayHaveStartedFirst() => First is { } job && Process!.MayHaveReadBeyond(job.SentAfter);

    /// <summary>Whether the answer for a job is in the page, to be sent with the next ones.</summary>
    public bool HasPublished(Job job) => PublishedAnswers.Contain(Process!.Page, Received, job.Attempt);

    /// <summary>Removes a job that it has answered.</summary>
    public void RemoveAnswered(Job job, long now)
    {
        Remove(job);
        FirstSince = now;
    }

    /// <summary>Reads its processor time.</summary>
    /// <param name="job">The job that it is running or is about to get.</param>
    /// <param name="isStart">Whether that job has not started yet.</param>
    public void ReadCpu(Job job, bool isStart)
    {
        if (cpuOf == job || Process!.CpuNanoseconds() is not (> 0 and var now))
            return;
        (cpuOf, cpuWithin) = (job, now);
        if (isStart)
            CpuBefore = now;
    }

    /// <summary>The processor time of a job that has ended, in ns: what the worker says, within what this node has read.</summary>
    /// <param name="job">The job.</param>
    /// <param name="said">What the worker says.</param>
    /// <param name="total">The worker's processor time now, as this node read it; 0 where it did not.</param>
    /// <param name="own">How much of it may be the worker's own, for reading the call and writing the answer.</param>
    /// <param name="most">The most that is possible for other reasons.</param>
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

    /// <summary>Kills it for a job that it is running; <see langword="false"/> when that job has ended by itself.</summary>
    public bool TryCondemn(Job job, long claim, Verdict verdict)
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

    /// <summary>Remembers when a job started: its claim no longer says so once it is condemned.</summary>
    public void NoteStart(Job job, long startedAt) => (noted, notedStart) = (job, startedAt);

    /// <summary>When a job started, as far as it is known.</summary>
    public long StartOf(Job job) => noted == job ? notedStart : job.SentAt;

    /// <summary>Says to the worker that this node is there; see Handler.Guard.OwnerWatch.</summary>
    public void ShowPresence(long now) => Volatile.Write(ref Process!.Page->OwnerSeenAt, now);

    /// <summary>Has the function's own token cancelled.</summary>
    public void AskToCancel(Job job) => Volatile.Write(ref Process!.Page->CancelAttempt, job.Attempt);

    /// <summary>Kills it with all it has.</summary>
    public void KillFor(Verdict verdict)
    {
        Kill ??= verdict;
        Retiring ??= verdict.ToString();
        Process?.Kill();
    }

    /// <summary>Ends a worker that has no jobs; nothing is wrong with it.</summary>
    public void Dismiss(string reason)
    {
        Retiring ??= reason;
        Process?.Kill();
    }

    /// <summary>The job in a slot, if it is that attempt.</summary>
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
    /// Facts about its end, as far as they concern one job. What the worker left in the page is believed only where the way in which it ended fits, and numbers only within what can be.
    /// </summary>
    public Evidence EvidenceFor(Job job, ExitStatus status, string lastWords) => new()
    {
        Kill = KilledAttempt == 0 || KilledAttempt == job.Attempt ? Kill : null,
        NodeStoodStill = MayAbandon && status.Signal == LibC.SIGKILL && Process!.Page->AbandonedAttempt == job.Attempt,
        ForeignCrash = Process!.Page->ForeignCrash == job.Attempt,
        Memory = status.Code == WorkerExitCodes.Memory || status is { Code: null, Signal: null } ? ReportOf(job) : null,
        ControlGroup = Process!.KilledByControlGroup() is { } charged
            ? new MemoryReport(MemoryLimitSource.ControlGroup, job.Limits.EffectiveResidentBytes, charged)
            : null,
        Status = status,
        OwnExitCode = SharedPage.ExitCode(Process.Page),
        LastWords = lastWords,
    };

    private MemoryReport? ReportOf(Job job)
    {
        var page = Process!.Page;
        var source = (MemoryLimitSource)Volatile.Read(ref page->MemorySource); // once: what its jobs left behind may still be writing
        if (page->MemoryAttempt != job.Attempt || source is not (MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure or MemoryLimitSource.ResidentMemory))
            return null;
        var limit = job.LimitOf(source);
        var most = MostBelievedOf(job);
        return new MemoryReport(source, limit, Math.Clamp(page->MemoryUsed, Math.Min(limit, most), most));
    }
}
