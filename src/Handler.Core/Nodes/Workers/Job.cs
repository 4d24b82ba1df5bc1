using Handler.FairShare;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Nodes;

/// <summary>
/// A job on this node, from the call to its outcome. Its function and its caller are fixed; its current place is guarded by the
/// dispatcher's gate.
/// </summary>
/// <remarks>
/// <c>outcomes</c> delivers the outcome of a job whose caller's code may continue inline, if the job ends on another thread than its
/// worker's. It is <see langword="null"/> if the code may not continue inline.
/// </remarks>
internal abstract class Job(long attempt, EncodedFunction function, JobLimits limits, long submittedAt, OutcomeThread? outcomes = null)
{
    private readonly OutcomeThread? outcomes = outcomes;
    private long sentAfter = long.MaxValue;
    private Action<Job, CancellationToken>? cancel;

    public long Attempt { get; } = attempt;

    /// <summary>The function and its captured values, encoded.</summary>
    public ReadOnlyMemory<byte> Call { get; } = function.Call;

    /// <summary>How long its function took in recent calls.</summary>
    public FunctionRunTimes RunTimes { get; } = function.RunTimes;

    public JobLimits Limits { get; } = limits;

    /// <summary>Among the jobs that wait for a worker, the highest priority goes first.</summary>
    public int Priority { get; } = limits is JobOptions options ? options.Priority : 0;

    /// <summary>When its caller submitted it, in Stopwatch ticks.</summary>
    public long SubmittedAt { get; } = submittedAt;

    /// <summary>Links of <see cref="JobLevels"/>.</summary>
    public Job? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public Job? Previous { get; set; }

    /// <summary>Set by <see cref="JobQueue.TenantOf"/>.</summary>
    public Branch<JobLevels>? Tenant { get; set; }

    /// <summary>The workers that may run it; set when it is submitted.</summary>
    public WorkerSet Set { get; set; } = null!;

    /// <summary>Whether it is in the queue.</summary>
    public bool Queued { get; set; }

    /// <summary>The worker that has it; <see langword="null"/> while it waits and after it has ended.</summary>
    public Worker? Worker { get; set; }

    public int Slot { get; set; }

    /// <summary>When it was sent to <see cref="Worker"/>.</summary>
    public long SentAt { get; set; }

    /// <summary>
    /// Whether its worker was seen to have taken it. From then on no other worker gets it, whatever the shared page says later.
    /// </summary>
    public bool WasTaken { get; set; }

    /// <summary>
    /// How many bytes had been sent to its worker before its request; <see cref="long.MaxValue"/> until the request is about to be sent.
    /// </summary>
    public long SentAfter
    {
        get => Volatile.Read(ref sentAfter);
        set => Volatile.Write(ref sentAfter, value);
    }

    /// <summary>What the node has seen of it from outside; <see langword="null"/> before the first look.</summary>
    public JobSeen? Seen { get; private set; }

    /// <summary>The same, made if the node has not looked yet. Making it requires the gate.</summary>
    public JobSeen Watched => Seen ??= new JobSeen();

    /// <summary>How many workers ended before they started it.</summary>
    public int Handovers { get; set; }

    /// <summary>Why it is to be stopped, and by whom; <see langword="null"/> if no stop was requested.</summary>
    public JobKilled? Stopped { get; private set; }

    /// <summary>When it is to be killed after a stop was requested; <see cref="long.MaxValue"/> if none was.</summary>
    public long KillAt { get; set; } = long.MaxValue;

    /// <summary>
    /// Whether its function was told to end through its token. An exception that it throws afterwards is treated as its response to that.
    /// </summary>
    public bool ToldToEnd { get; set; }

    /// <inheritdoc cref="GroupTurns.HasTurnLeft"/>
    public bool HasTurnLeft { get; set; }

    /// <summary>Whether its outcome is decided. From then on nothing else may decide it.</summary>
    public bool Decided { get; set; }

    /// <summary>The call's token, once registered.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>
    /// Whether its place on the node was counted before it was submitted. Then it waits for a worker, however long the queue is.
    /// </summary>
    public virtual bool HasPlace => false;

    /// <summary>
    /// The pools that have admitted it, from the last parent down; <see langword="null"/> if none has. The captured values of jobs from
    /// different pools are never in one worker at the same time.
    /// </summary>
    public PoolPath? Path => Chain?.PathFromTop;

    /// <summary>The same pools, from the one that the caller named up; <see langword="null"/> if none has.</summary>
    public virtual PoolChain? Chain => null;

    /// <summary>When it must be checked first, if it starts now.</summary>
    public long FirstCheck(long now)
    {
        var first = Math.Min(StopwatchTime.Ticks(Limits.Timeout), Tuning.Watch.FirstMemoryCheck);
        return now + (Limits.CpuTime is { } limit ? Math.Min(first, WorkerCpu.Pause(StopwatchTime.Ticks(limit))) : first);
    }

    /// <summary>Whether other jobs may be sent ahead together with this one.</summary>
    public bool Shares
        => !RunTimes.IsSlow && !Limits.CaptureOutput && Limits.CpuTime is null && Call.Length <= Tuning.SendAhead.MaxJobBytes;

    /// <summary>Sets what <see cref="Cancel"/> does, before the job is submitted.</summary>
    public void OnCancel(Action<Job, CancellationToken> action) => cancel = action;

    /// <summary>
    /// Requests that the job be stopped. The first request counts, except that a kill replaces a cancellation in its grace period.
    /// </summary>
    /// <param name="why">The reason that its caller gets.</param>
    /// <param name="immediately">Whether there is no grace period.</param>
    /// <returns>Whether this request counts.</returns>
    public bool TryStop(JobKilled why, bool immediately)
    {
        if (Stopped is not null && (!immediately || KillAt == long.MaxValue))
            return false;
        Stopped = why;
        (KillAt, ToldToEnd) = (long.MaxValue, false);
        return true;
    }

    /// <summary>Called when its caller cancels.</summary>
    /// <param name="token">The cancelled token.</param>
    public void Cancel(CancellationToken token) => cancel!(this, token);

    /// <summary>The limit that a layer watches, in bytes.</summary>
    public long LimitOf(MemoryLimitSource source)
        => source is MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure
            ? Limits.MaxHeapBytes
            : Limits.EffectiveResidentBytes;

    /// <summary>Whether a value of this length, in bytes, is read so quickly that the worker's thread may do it.</summary>
    public virtual bool IsQuickToRead(int length) => true;

    /// <summary>Sets the value from the worker's response. The caller does not see it before the job is released.</summary>
    public abstract void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output);

    /// <summary>Sets any other outcome.</summary>
    public abstract void SetFailure(JobFailure failure, JobUsage? usage, JobOutput? output);

    /// <summary>Whether its caller's code may continue inline on the worker's thread; see <see cref="InlineContinuation"/>.</summary>
    public bool MayContinueInline => outcomes is not null;

    /// <summary>
    /// Frees its place and completes the caller's task; the caller's code continues on another thread. Never depends on a thread-pool
    /// thread: all of them may be blocked waiting for outcomes.
    /// </summary>
    public void Release()
    {
        FreePlace();
        if (outcomes is null)
            Complete();
        else
            outcomes.Complete(this);
    }

    /// <summary>The same, but if the caller's code may continue inline, it runs here, before this returns.</summary>
    public void ReleaseInline()
    {
        FreePlace();
        Complete();
    }

    /// <summary>Frees what was reserved for the job, before its caller gets the outcome.</summary>
    protected virtual void FreePlace()
    {
    }

    /// <summary>Completes the caller's task. If the caller's code may continue inline, it runs here.</summary>
    protected internal abstract void Complete();
}

/// <inheritdoc/>
internal class Job<T>(
    long attempt,
    EncodedFunction function,
    JobLimits limits,
    long submittedAt,
    FunctionEncoder functions,
    OutcomeThread? outcomes)
    : Job(attempt, function, limits, submittedAt, outcomes)
{
    private readonly TaskCompletionSource<JobOutcome<T>> completion
        = new(ActionCompletion.For<T>(Options(outcomes)), Options(outcomes));

    private JobOutcome<T>? outcome;

    /// <summary>How it ended; <see langword="null"/> if it has a value, or has not ended.</summary>
    protected JobFailure? Failure { get; private set; }

    public Task<JobOutcome<T>> Task => completion.Task;

    private static TaskCreationOptions Options(OutcomeThread? outcomes)
        => outcomes is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None;

    public override bool IsQuickToRead(int length)
        => length <= (ResultCodec<T>.IsCopy ? Tuning.Workers.LargestCopy : Tuning.Functions.SmallResult);

    public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
    {
        try
        {
            outcome = new JobOutcome<T>(functions.ReadResult<T>(result, Limits, usage.RunTime)) { Usage = usage, Output = output };
        }
        catch (Exception exception)
        {
            SetFailure(JobFailed.Unreadable(typeof(T), exception), usage, output);
        }
    }

    public override void SetFailure(JobFailure failure, JobUsage? usage, JobOutput? output)
    {
        Failure = failure;
        outcome = new JobOutcome<T>(failure) { Usage = usage, Output = output };
    }

    protected internal override void Complete()
    {
        Cancellation.Unregister();
        completion.TrySetResult(outcome!);
        ActionCompletion.Complete(completion.Task);
    }
}
