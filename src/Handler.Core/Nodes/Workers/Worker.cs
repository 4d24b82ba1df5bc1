using System.Diagnostics;
using Handler.FairShare;
using Handler.Guard;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// One worker process as the dispatcher sees it: its state and its jobs. All of this is guarded by the
/// dispatcher's gate; its thread, an <see cref="IWorkerThread"/>, serves the process itself.
/// </summary>
/// <param name="set">The workers of its group, and the jobs that they may run.</param>
/// <param name="inline">The inline continuations of the node.</param>
internal sealed unsafe class Worker(WorkerSet set, InlineContinuations inline)
{
    /// <summary>The most memory that a process can hold, in bytes.</summary>
    public static readonly long MachineMemory = Math.Max(1L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private readonly SlotTable slots = new();
    private bool hasClosedPipe;
    private long kernelLimit;
    private Job? noted;
    private long notedStart;

    public WorkerState State { get; set => Change(ref field, value); } = set.Staying.Add();

    /// <summary>The workers of its group, and the jobs that they may run.</summary>
    public WorkerSet Set { get; private set; } = set;

    /// <summary>The process; <see langword="null"/> until it is started.</summary>
    public IWorkerProcess? Process { get; set; }

    /// <summary>The thread that serves it; <see langword="null"/> before it is started.</summary>
    public IWorkerThread? Thread { get; set; }

    /// <summary>The inline continuation that that thread may run.</summary>
    public InlineContinuation Inline { get; } = new(inline);

    /// <summary>When its start began, in Stopwatch ticks (ns).</summary>
    public long StartedAt { get; init; }

    /// <summary>How much more memory it may keep between jobs than when it was fresh, in bytes.</summary>
    public long MaxGrowthBytes { get; init; }

    /// <summary>When it became ready.</summary>
    public long ReadyAt { get; set; }

    /// <summary>The waiting job for which it was started, until it is ready: the workers it waits for, its path, and its bytes.</summary>
    public (WorkerSet Set, PoolPath? Path, long Bytes)? StartedFor { get; set; }

    /// <summary>
    /// When its turn began, in Stopwatch ticks (ns); <see langword="null"/> if the node had room for more workers then.
    /// </summary>
    public long? TurnSince { get; set; }

    /// <summary>When it was last given a job while it was idle.</summary>
    public long BusySince { get; private set; }

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

    /// <summary>The maximum size of a response, in bytes.</summary>
    public int MaxPayloadBytes { get; init; }

    /// <summary>
    /// The largest file that any of its jobs may write, in bytes; <see langword="null"/> if only the host's limit applies.
    /// </summary>
    public long? MaxFileBytes { get; init; }

    /// <summary>The options that filter its system calls; <see langword="null"/> for none.</summary>
    public string? Filters { get; init; }

    /// <summary>How much memory it held when it became ready, in bytes.</summary>
    public long ReadyResident { get; set; }

    /// <summary>When its resident memory is next measured from outside.</summary>
    public long NextMemoryCheck { get; set; }

    /// <summary>
    /// Whether it waits a moment for more jobs, so that they can be sent together; see <see cref="WorkerResponses.StartGathering"/>.
    /// </summary>
    public bool Gathering { get; set; }

    /// <summary>Whether its last responses came so quickly that jobs wait for it instead of waking an idle worker.</summary>
    public bool Quick { get; set; }

    /// <summary>The longest run among the responses since it last got jobs, in ns.</summary>
    public long LongestRun { get; set; }

    /// <summary>When its current first job became the first, in Stopwatch ticks (ns). The job starts about then.</summary>
    public long FirstSince { get; private set; }

    /// <summary>The number of bytes of responses received from it. Written by its thread.</summary>
    public long Received { get; set; }

    /// <summary>Attributes its CPU time to its jobs.</summary>
    public WorkerCpu Cpu { get; } = new();

    /// <summary>Whether it ends itself if this node is unresponsive for too long.</summary>
    public bool MayAbandon { get; init; }

    /// <summary>Whose jobs it has; <see langword="null"/> while it has none.</summary>
    public Branch<JobLevels>? Tenant { get; private set; }

    /// <summary>The most memory that one of these jobs may use, in bytes: as much counts as used by the tenant.</summary>
    public long TenantBytes { get; private set; }

    /// <summary>How many jobs it has been given since it last had none.</summary>
    public int JobsInTurn { get; private set; }

    /// <summary>How many jobs it has.</summary>
    public int JobCount => slots.Count;

    /// <summary>Whether it has a job that does not share the worker with other jobs.</summary>
    public bool IsExclusive { get; private set; }

    /// <summary>The number of bytes of requests that were sent to it and that it may not have read yet.</summary>
    public int BytesSent { get; private set; }

    /// <summary>
    /// Whether it is starting, idle or busy, and needs no replacement yet. A worker that was killed because of a job is replaced only after
    /// that job's outcome is delivered: a starting process would take CPU time from the exit and from the caller.
    /// </summary>
    public bool IsStaying => State != WorkerState.Exited && ((Retiring is null && !Ageing) || (IsDying && State == WorkerState.Busy));

    /// <summary>When it was killed, if it had jobs.</summary>
    public long DyingSince { get; private set; }

    private bool IsDying { get; set => Change(ref field, value); }

    private void Change<T>(ref T property, T value)
    {
        var stayed = IsStaying;
        property = value;
        if (stayed != IsStaying)
            Set.Staying.Count += stayed ? -1 : 1;
    }

    /// <summary>Makes it run the jobs of another set. It has run no job yet.</summary>
    public void MoveTo(WorkerSet other)
    {
        if (IsStaying)
        {
            Set.Staying.Count--;
            other.Staying.Count++;
        }

        Set = other;
    }

    /// <summary>Gives it a job. From here on both the node and the worker may claim the job.</summary>
    public void Assign(Job job, long now)
    {
        job.Worker = this;
        job.Set = Set;
        job.SentAt = now;
        job.SentAfter = long.MaxValue;
        slots.Add(job);
        if (JobCount == 1)
        {
            FirstSince = now;
            (Tenant, TenantBytes, JobsInTurn) = (Set.Queue.TenantOf(job), job.Limits.MaxHeapBytes, 0);
            Set.Queue.Use(Tenant, 1, TenantBytes);
            if (State == WorkerState.Idle && now - IdleSince > Tuning.Workers.LongIdle)
                ReadCpu(job, isStart: true);
        }

        else if (job.Limits.MaxHeapBytes > TenantBytes)
        {
            Set.Queue.Use(Tenant!, 0, job.Limits.MaxHeapBytes - TenantBytes);
            TenantBytes = job.Limits.MaxHeapBytes;
        }

        BytesSent += RequestHead.Size + job.Call.Length;
        JobsTaken++;
        JobsInTurn++;
        IsExclusive |= !job.Shares;
        if (State == WorkerState.Idle)
            BusySince = now;
        if (job.Limits.CpuTime is not null)
            (job.Watched.CpuBefore, job.Watched.StartedCpuBefore) = (Process!.CpuNanoseconds(), Process.EndedCpuNanoseconds());
        State = WorkerState.Busy;
        LimitMemory(job, first: JobCount == 1);
        Volatile.Write(ref Process!.Page->Claims[job.Slot], SharedPage.OfferOf(job.Attempt));
    }

    /// <summary>
    /// Sets the kernel's limit. It applies to the whole process, so it includes the memory that the worker had when it was fresh, the
    /// memory that it may keep between jobs, and the memory for reading arguments and writing responses. Jobs that share the worker share
    /// the largest limit.
    /// </summary>
    private void LimitMemory(Job job, bool first)
    {
        var limit = job.Limits.EffectiveResidentBytes + Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        kernelLimit = first ? limit : Math.Max(kernelLimit, limit);
        Process!.LimitMemory(ReadyResident + MaxGrowthBytes + kernelLimit);
    }

    /// <summary>
    /// How much memory it may hold while it runs a job, in bytes. The worker reports how much it held before the function started, and the
    /// phase that it is in. Both are believed only within the possible range.
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

    /// <summary>
    /// The most memory that it can have held if it has responded to a job, in bytes. With more it would have been killed.
    /// </summary>
    public long MostMemoryOf(Job job)
    {
        var own = Math.Max(MemoryRoom.ToRead(job.Call.Length), MemoryRoom.ToWrite(MaxPayloadBytes));
        return Math.Min(MachineMemory, ReadyResident + MaxGrowthBytes + own + job.Limits.EffectiveResidentBytes);
    }

    /// <summary>
    /// The largest peak that is believed for a job that did not complete, in bytes: as much as a completed job can have held, or more if
    /// the node itself has measured more. Processes that it has started may have held any amount.
    /// </summary>
    public long MostBelievedOf(Job job)
        => HasStartedProcesses(job) ? MachineMemory : Math.Max(job.Seen?.PeakMemory ?? 0, MostMemoryOf(job));

    /// <summary>Tells it whether its next job is likely to follow this one immediately.</summary>
    public void ExpectNext(bool soon)
    {
        var value = soon ? 1 : 0;
        if (Process!.Page->NextIsSoon != value)
            Volatile.Write(ref Process.Page->NextIsSoon, value);
    }

    /// <summary>The current state of a job's claim.</summary>
    public long Claim(Job job) => Volatile.Read(ref Process!.Page->Claims[job.Slot]);

    /// <summary>Whether a job is on offer, according to the shared page. A job that has started can have put its offer back.</summary>
    public bool IsOffered(Job job) => Claim(job) == SharedPage.OfferOf(job.Attempt);

    /// <summary>
    /// The first of its jobs: the one that it runs or starts next, because it takes them in order. <see langword="null"/> if it has none.
    /// </summary>
    public Job? First => slots.First;

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
    /// Whether it may have started its first job although the shared page says that the job is on offer: it may have read the request. Its
    /// other jobs come after that one.
    /// </summary>
    public bool MayHaveStartedFirst() => First is { } job && Process!.MayHaveReadBeyond(job.SentAfter);

    /// <summary>Whether the response for a job is in the shared page, to be sent together with the next responses.</summary>
    public bool HasPublished(Job job) => PublishedResponses.Contain(Process!.Page, Received, job.Attempt);

    /// <summary>Removes a job that it has responded to.</summary>
    public void RemoveEnded(Job job, long now)
    {
        Remove(job);
        FirstSince = now;
    }

    /// <summary>Reads its CPU time.</summary>
    /// <param name="job">The job that it runs or is about to get.</param>
    /// <param name="isStart">Whether that job has not started yet.</param>
    public void ReadCpu(Job job, bool isStart)
    {
        if (!Cpu.IsReadFor(job) && Process!.CpuNanoseconds() is > 0 and var total)
            Cpu.Note(job, total, isStart);
    }

    /// <summary>Whether a job has started processes, as the worker says or the node has seen.</summary>
    public bool HasStartedProcesses(Job job)
        => job.Seen?.Started is { Processes: > 0 } || Volatile.Read(ref Process!.Page->StartingAttempt) == job.Attempt;

    /// <summary>Measures how much CPU time a job has used so far, in ns.</summary>
    public long CpuUsedBy(Job job)
    {
        var page = Process!.Page;
        var seen = job.Watched;
        var now = Process.CpuNanoseconds();
        var isLimited = job.Limits.CpuTime is not null;
        var before = isLimited ? seen.CpuBefore : Math.Clamp(Volatile.Read(ref page->CpuAtStart), Cpu.Before, Math.Max(Cpu.Before, now));
        var started = seen.Started?.CpuNanoseconds ?? 0;
        var startedBefore = seen.StartedCpuBefore >= 0
            ? seen.StartedCpuBefore
            : Math.Clamp(Volatile.Read(ref page->EndedCpuAtStart), 0, started);
        var used = now == 0 ? 0 : WorkerCpu.Used(before, Volatile.Read(ref page->CpuAtStart), now, startedBefore, started);
        return seen.Cpu = Math.Max(seen.Cpu, used);
    }

    /// <summary>Kills it for a job that it runs. Returns <see langword="false"/> if that job has ended by itself.</summary>
    public bool TryCondemn(Job job, long claim, JobFailure failure)
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
        KillFor(failure);
        return true;
    }

    /// <summary>Records when a job started, because a condemned claim no longer holds the start time.</summary>
    public void NoteStart(Job job, long startedAt) => (noted, notedStart) = (job, startedAt);

    /// <summary>
    /// The start time that a worker claims, clamped to the possible range. It may be later than the caller's reading of the clock.
    /// </summary>
    public static long StartClaimed(Job job, long claim, long now) => Math.Clamp(claim, job.SentAt, Math.Max(job.SentAt, now));

    /// <summary>When a job started, as far as is known; otherwise when it was sent.</summary>
    public long StartOf(Job job) => noted == job ? notedStart : job.SentAt;

    /// <summary>Shows the worker that this node is responsive; see Handler.Guard.OwnerWatch.</summary>
    public void ShowPresence(long now) => Volatile.Write(ref Process!.Page->OwnerSeenAt, now);

    /// <summary>Asks the worker to cancel the function's token.</summary>
    public void AskToCancel(Job job) => Volatile.Write(ref Process!.Page->CancelAttempt, job.Attempt);

    /// <summary>Kills it with all of its jobs.</summary>
    public void KillFor(JobFailure failure)
    {
        if (Kill is null)
            (IsDying, DyingSince) = (State == WorkerState.Busy, Stopwatch.GetTimestamp());
        Kill ??= failure;
        Retiring ??= failure.ToString();
        Process?.Kill();
    }

    /// <summary>Lets its replacement start although its process has not exited yet.</summary>
    public void StopWaitingForExit() => IsDying = false;

    /// <summary>Kills it because it has closed its response pipe, as also happens while it exits by itself.</summary>
    public void KillForClosedPipe(JobFailure failure)
    {
        hasClosedPipe |= Kill is null;
        KillFor(failure);
    }

    /// <summary>Why this node killed it; <see langword="null"/> if it did not, or if the worker was already exiting by itself.</summary>
    public JobFailure? KillThatEnded(ExitStatus status)
        => hasClosedPipe && status is not { Code: null, Signal: null or LibC.SIGKILL } ? null : Kill;

    /// <summary>Ends a worker that has no jobs and did nothing wrong.</summary>
    public void Dismiss(string reason)
    {
        Retiring ??= reason;
        Process?.Kill();
    }

    /// <inheritdoc cref="SlotTable.Find"/>
    public Job? Find(int slot, long attempt) => slots.Find(slot, attempt);

    public void Remove(Job job)
    {
        slots.Remove(job);
        job.Worker = null;
        if (JobCount == 0)
        {
            BytesSent = 0; // it has read all of them
            IsExclusive = false;
            Set.Queue.Use(Tenant!, -1, -TenantBytes);
            Tenant = null;
        }
    }

    /// <summary>Its jobs in the order in which they were sent.</summary>
    public IEnumerable<Job> Jobs() => slots.InOrder();

    /// <summary>
    /// The facts about its exit that concern one job. The data that the worker left in the shared page is believed only if it fits the way
    /// in which the worker exited, and numbers only within the possible range.
    /// </summary>
    public Evidence EvidenceFor(Job job, ExitStatus status, string lastWords) => new()
    {
        Kill = !hasClosedPipe && (KilledAttempt == 0 || KilledAttempt == job.Attempt) ? Kill : null,
        ClosedPipe = hasClosedPipe ? Kill : null,
        NodeWasUnresponsive = MayAbandon && status.Signal == LibC.SIGKILL && Process!.Page->AbandonedAttempt == job.Attempt,
        ForeignCrash = Process!.Page->ForeignCrash == job.Attempt,
        Memory = status.Code == WorkerExitCodes.Memory || status is { Code: null, Signal: null } ? ReportOf(job) : null,
        ControlGroup = Process!.KilledByControlGroup() is { } charged
            ? JobOutOfMemory.Of(job.Limits, job.Limits.EffectiveResidentBytes, charged, MemoryLimitSource.ControlGroup)
            : null,
        Processes = status.Code == WorkerExitCodes.Processes || status is { Code: null, Signal: null } ? ProcessesOf(job) : null,
        FileLimit = job.Limits.MaxFileBytes is { } bytes && (MaxFileBytes is not { } most || bytes <= most)
            ? new JobLimitExceeded(CountedLimit.MaxFileBytes, bytes, bytes, LimitEnforcer.Kernel)
            : null,
        Status = status,
        OwnExitCode = SharedPage.ExitCode(Process.Page),
        LastWords = lastWords,
        Filters = Filters,
    };

    private JobLimitExceeded? ProcessesOf(Job job)
    {
        var page = Process!.Page;
        return job.Limits.MaxProcesses is { } limit && Volatile.Read(ref page->ProcessesAttempt) == job.Attempt
            ? new JobLimitExceeded(
                CountedLimit.MaxProcesses,
                limit,
                Math.Clamp(Volatile.Read(ref page->PeakProcesses), limit + 1L, JobLimits.MostProcesses + 1L),
                LimitEnforcer.Worker)
            : null;
    }

    private JobOutOfMemory? ReportOf(Job job)
    {
        var page = Process!.Page;
        // Read once: processes that its jobs left behind may still write.
        var source = (MemoryLimitSource)Volatile.Read(ref page->MemorySource);
        if (page->MemoryAttempt != job.Attempt
            || source is MemoryLimitSource.Watchdog or MemoryLimitSource.ControlGroup
            || !Enum.IsDefined(source))
            return null;
        var limit = job.LimitOf(source);
        var most = MostBelievedOf(job);
        return JobOutOfMemory.Of(job.Limits, limit, Math.Clamp(page->MemoryUsed, Math.Min(limit, most), most), source);
    }
}
