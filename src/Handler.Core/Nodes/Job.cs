using Handler.Functions;
using Handler.Verdicts;
using Handler.Workers;

namespace Handler.Nodes;

/// <summary>
/// A job on this node, from the call to its outcome. What it is to run and for whom is fixed; where it is now is guarded by the
/// dispatcher's gate.
/// </summary>
internal abstract class Job(long attempt, EncodedFunction function, JobLimits limits, long submittedAt)
{
    private long sentAfter = long.MaxValue;

    public long Attempt { get; } = attempt;

    /// <summary>The function and its captured values, encoded.</summary>
    public ReadOnlyMemory<byte> Call { get; } = function.Call;

    /// <summary>How long its function has taken lately.</summary>
    public FunctionProfile Profile { get; } = function.Profile;

    public JobLimits Limits { get; } = limits;

    /// <summary>Higher goes first among those who wait for a worker.</summary>
    public int Priority { get; } = limits is JobOptions options ? options.Priority : 0;

    /// <summary>When it was asked for, in Stopwatch ticks.</summary>
    public long SubmittedAt { get; } = submittedAt;

    /// <summary>Links of <see cref="JobQueue"/>.</summary>
    public Job? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public Job? Previous { get; set; }

    /// <summary>Whether it is in the queue.</summary>
    public bool Queued { get; set; }

    /// <summary>The worker that has it; <see langword="null"/> while it waits and when it has ended.</summary>
    public Worker? Worker { get; set; }

    public int Slot { get; set; }

    /// <summary>When it was sent to <see cref="Worker"/>.</summary>
    public long SentAt { get; set; }

    /// <summary>When it started, as the watchdog first saw it; 0 before.</summary>
    public long StartSeen { get; set; }

    /// <summary>That its worker was seen to have taken it up. From then on no other gets it, whatever the shared page says later.</summary>
    public bool WasTaken { get; set; }

    /// <summary>How much had been sent to its worker before its request was; <see cref="long.MaxValue"/> until that is about to be sent.</summary>
    public long SentAfter
    {
        get => Volatile.Read(ref sentAfter);
        set => Volatile.Write(ref sentAfter, value);
    }

    /// <summary>How much of answers had come when it was last looked at whether its own is on the way, in bytes.</summary>
    public long ReceivedSeen { get; set; }

    /// <summary>The most memory that its worker and what it started were seen to hold, from outside; 0 where nobody has looked.</summary>
    public long PeakSeen { get; set; }

    /// <summary>How many workers ended before they started it.</summary>
    public int Handovers { get; set; }

    /// <summary>That somebody has asked for its end, and who; <see langword="null"/> if nobody has.</summary>
    public Verdict.Killed? Stopped { get; private set; }

    /// <summary>When it is to be killed because somebody has asked for its end; <see cref="long.MaxValue"/> if not.</summary>
    public long KillAt { get; set; } = long.MaxValue;

    /// <summary>Whether its function was told to end, by its token: what it throws from then on is its answer to that.</summary>
    public bool ToldToEnd { get; set; }

    /// <summary>Whether its outcome is decided; from then on nothing else may decide it.</summary>
    public bool Decided { get; set; }

    /// <summary>The call's token, once registered.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>Whether its place on the node was counted before it came here. Then it waits where no worker is ready yet, however long the queue is.</summary>
    public virtual bool HasPlace => false;

    /// <summary>The pool that has admitted it; <see langword="null"/> if none has. What jobs of different pools capture is never in one worker at the same time.</summary>
    public virtual string? Pool => null;

    /// <summary>Whether other jobs may be sent ahead together with this one.</summary>
    public bool Shares => !Profile.IsSlow && !Limits.CaptureOutput && Call.Length <= Worker.MaxSharedBytes;

    /// <summary>The dispatcher that has it.</summary>
    private Dispatcher? dispatcher;

    /// <summary>Names the dispatcher that is to get it, for <see cref="Cancel"/>.</summary>
    public Job In(Dispatcher owner)
    {
        dispatcher = owner;
        return this;
    }

    /// <summary>Notes that somebody asks for its end. Who was first stands, except that a kill takes over from a cancellation in its grace.</summary>
    /// <param name="why">What its caller is to be told.</param>
    /// <param name="atOnce">Whether there is no grace.</param>
    /// <returns>Whether this is the one that counts now.</returns>
    public bool TryStop(Verdict.Killed why, bool atOnce)
    {
        if (Stopped is not null && (!atOnce || KillAt == long.MaxValue))
            return false;
        Stopped = why;
        (KillAt, ToldToEnd) = (long.MaxValue, false);
        return true;
    }

    /// <summary>Its caller has cancelled.</summary>
    /// <param name="token">What it has cancelled.</param>
    public void Cancel(CancellationToken token) => dispatcher!.Cancel(this, token);

    /// <summary>The limit that a layer watches, in bytes.</summary>
    public long LimitOf(MemoryLimitSource source)
        => source is MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure ? Limits.MaxHeapBytes : Limits.EffectiveResidentBytes;

    /// <summary>Whether a value of so many bytes is read so quickly that the worker's thread may do it.</summary>
    public virtual bool ReadsAtOnce(int length) => true;

    /// <summary>Takes the value a worker answered. The caller does not see it before <see cref="Release"/>.</summary>
    public abstract void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output);

    /// <summary>Takes any other ending.</summary>
    public abstract void SetVerdict(Verdict verdict, JobUsage? usage, JobOutput? output);

    /// <summary>Whether the code of its caller may go on on the thread of its worker; see <see cref="InlineContinuation"/>.</summary>
    public virtual bool Borrows => false;

    /// <summary>Gives the outcome to the caller, whose code goes on elsewhere. Its share of the node is free by then. Needs no thread of the pool, whose threads may all be waiting for outcomes.</summary>
    public abstract void Release();

    /// <summary>Gives the outcome to the caller, whose code goes on here, before this returns, if it <see cref="Borrows"/>.</summary>
    public abstract void ReleaseHere();
}

/// <inheritdoc/>
/// <remarks>
/// <c>outcomes</c> is where its outcome is told when its caller's code may go on on the thread of its worker but it ends elsewhere; <see langword="null"/> when that code may not.
/// </remarks>
internal class Job<T>(long attempt, EncodedFunction function, JobLimits limits, long submittedAt, FunctionEncoder functions, OutcomeThread? outcomes)
    : Job(attempt, function, limits, submittedAt)
{
    private const int LargestCopy = 2 << 20;

    private readonly TaskCompletionSource<Outcome<T>> completion = new(outcomes is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
    private Outcome<T>? outcome;

    /// <summary>How it ended; <see langword="null"/> with a value, or while it has not.</summary>
    protected Verdict? Verdict { get; private set; }

    public override bool Borrows => outcomes is not null;

    public Task<Outcome<T>> Task => completion.Task;

    public override bool ReadsAtOnce(int length) => length <= (ResultCodec<T>.IsCopy ? LargestCopy : FunctionEncoder.SmallResult);

    public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
    {
        try
        {
            outcome = new Completed<T>(functions.ReadResult<T>(result, Limits, usage.RunTime)) { Usage = usage, Output = output };
        }
        catch (Exception exception)
        {
            SetVerdict(Verdict.Failed.Unreadable(typeof(T), exception), usage, output);
        }
    }

    public override void SetVerdict(Verdict verdict, JobUsage? usage, JobOutput? output)
    {
        Verdict = verdict;
        outcome = verdict.ToOutcome<T>(usage, output);
    }

    public override void Release()
    {
        if (outcomes is null)
            Complete();
        else
            outcomes.Tell(Complete);
    }

    public override void ReleaseHere() => Complete();

    private void Complete()
    {
        Cancellation.Unregister();
        completion.TrySetResult(outcome!);
    }
}
