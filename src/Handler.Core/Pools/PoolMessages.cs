namespace Handler.Pools;

/// <summary>Asks a pool for one worker and so many bytes.</summary>
internal readonly record struct AcquireRequest
{
    public required JobId Job { get; init; }

    /// <summary>The node that will run the job.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Which way the request came; see <see cref="Pools.Route"/>.</summary>
    public ulong Route { get; init; } = Pools.Route.Entry;

    /// <summary>The newest epoch of the pool that the asker knows of. An activation with an older one thus learns that it was replaced.</summary>
    public long Seen { get; init; }

    public string? Name { get; init; }

    public long Bytes { get; init; }

    /// <summary>Higher goes first among those who wait.</summary>
    public int Priority { get; init; }

    /// <summary>How long the job may still wait for room; zero for not at all.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long whoever asked will listen for an answer, the time spent waiting for room not counted.</summary>
    public TimeSpan Budget { get; init; }

    /// <summary>For the selectors of the chain.</summary>
    public string? DelegateParam { get; init; }

    public AcquireRequest()
    {
    }
}

/// <summary>
/// Why a job was not admitted, with the numbers; see <see cref="Rejected{T}"/>. An object and not a value: a yes passes through all the
/// hands that a no does, and copying room for these numbers from hand to hand took a fifth of its time.
/// </summary>
internal sealed record Reject(string Pool, RejectReason Reason, long Requested, long Used, long Limit)
{
    /// <summary>Whether a parent gave no answer because the call failed at once, as while it moves to another silo: the node asks again while there is time. Nothing is held.</summary>
    public bool AskAgain { get; init; }

    /// <summary>How many jobs waited, where it is they who were in the way; see <see cref="Rejected{T}.Waiting"/>.</summary>
    public int Waiting { get; init; }

    /// <summary>The part of <see cref="Used"/> that is kept for the first of them.</summary>
    public long Kept { get; init; }

    /// <summary>Whether room was missing that others may give back, so that waiting makes sense.</summary>
    public bool MayPass => Reason is RejectReason.NoWorkersAvailable or RejectReason.InsufficientMemory && Requested <= Limit;

    public static Reject Timeout(string pool, TimeSpan limit) => new(pool, RejectReason.PoolTimeout, 0, 0, (long)limit.TotalMilliseconds);

    public Verdict.Rejected ToVerdict() => new(Pool, Reason, Requested, Used, Limit) { Waiting = Waiting, Kept = Kept };

    public static Reject SelectorFailed(string pool) => new(pool, RejectReason.SelectorFailed, 1, 0, 0);

    public static Reject NoSuchPool(string pool) => new(pool, RejectReason.NoSuchPool, 1, 0, 0);
}

/// <summary>A yes with the chain of the lease, or a reject; there is no reject with a yes.</summary>
internal readonly record struct AcquireReply(PoolChain? Chain, Reject Reject)
{
    public bool Admitted => Chain is not null;

    public static AcquireReply Yes(PoolChain chain) => new(chain, null!);

    public static AcquireReply No(Reject reject) => new(null, reject);
}

/// <summary>How the job of a lease ended, for the pool's totals.</summary>
internal enum LeaseEnding : byte
{
    Completed = 1,
    Failed = 2,
    TimedOut = 3,
    OutOfMemory = 4,
    Exited = 5,
    Killed = 6,

    /// <summary>Its node died, or does not know it.</summary>
    Lost = 7,

    /// <summary>Whoever asked gave up or undoes a step: the job never started. What the pool took from its parents for it goes back too.</summary>
    Withdrawn = 8,

    /// <summary>Its node refused it because its queue was full: the job never started.</summary>
    RefusedQueueFull = 9,

    /// <summary>The same, for want of workers.</summary>
    RefusedNoWorkers = 10,

    /// <summary>The same, for want of memory.</summary>
    RefusedNoMemory = 11,
}

/// <summary>What its node refused has not ended, it never began: to its caller it is a reject like any other, and so it is to the totals.</summary>
internal static class LeaseEndings
{
    /// <summary>How a lease ends with its job's verdict, or, without one, its value.</summary>
    public static LeaseEnding Of(Verdict? verdict) => verdict switch
    {
        null => LeaseEnding.Completed,
        Verdict.Failed => LeaseEnding.Failed,
        Verdict.TimedOut => LeaseEnding.TimedOut,
        Verdict.OutOfMemory => LeaseEnding.OutOfMemory,
        Verdict.Exited => LeaseEnding.Exited,
        Verdict.Killed => LeaseEnding.Killed,
        Verdict.Rejected rejected => RefusedFor(rejected.Reason),
        _ => LeaseEnding.Lost,
    };

    /// <summary>How a lease ends whose node refused the job.</summary>
    public static LeaseEnding RefusedFor(RejectReason reason) => reason switch
    {
        RejectReason.NoWorkersAvailable or RejectReason.WorkersDoNotStart => LeaseEnding.RefusedNoWorkers,
        RejectReason.InsufficientMemory => LeaseEnding.RefusedNoMemory,
        _ => LeaseEnding.RefusedQueueFull,
    };

    /// <summary>Why the node refused it, if it did.</summary>
    public static RejectReason? Refusal(this LeaseEnding ending) => ending switch
    {
        LeaseEnding.RefusedQueueFull => RejectReason.QueueFull,
        LeaseEnding.RefusedNoWorkers => RejectReason.NoWorkersAvailable,
        LeaseEnding.RefusedNoMemory => RejectReason.InsufficientMemory,
        _ => null,
    };
}

/// <summary>Gives a share back. Harmless when the pool does not know the job, or knows it by another route.</summary>
internal readonly record struct ReleaseRequest(JobId Job, ulong Route, LeaseEnding Ending)
{
    /// <inheritdoc cref="AcquireRequest.Seen"/>
    public long Seen { get; init; }
}

/// <summary>The share is free, as far as the activation with this epoch is concerned.</summary>
internal readonly record struct ReleaseReply(long Epoch)
{
    /// <summary>There is no such pool any more, so nothing is left to give back to.</summary>
    public static ReleaseReply NoSuchPool => new(long.MaxValue);
}

/// <summary>A new activation of a pool asks a node what it runs for the pool. From then on the node refuses leases of older epochs.</summary>
internal readonly record struct InventoryRequest(string Pool, long Epoch);

/// <summary>What a node runs for one pool.</summary>
/// <param name="Epoch">The newest epoch of the pool that the node has seen. Newer than the asker's: the asker is superseded.</param>
/// <param name="Jobs">The jobs; empty for a superseded asker.</param>
internal sealed record InventoryReply(long Epoch, IReadOnlyList<InventoryItem> Jobs);

/// <summary>One job that a node runs for a pool, with all that the pool's ledger needs.</summary>
internal readonly record struct InventoryItem(JobId Job, ulong Route, string? Name, long Bytes, PoolChain? Above);

/// <summary>A share as the pool and the node both know it.</summary>
internal readonly record struct ShareId(JobId Job, ulong Route)
{
    public override string ToString() => $"{Job} by {Route:x}";
}

/// <summary>A pool asks a node which of these shares it knows.</summary>
internal sealed record ReconcileRequest(string Pool, long Epoch, IReadOnlyList<ShareId> Shares);

/// <summary>Those shares with which the node neither runs a job nor ever will.</summary>
internal sealed record ReconcileReply(long Epoch, IReadOnlyList<ShareId> Unknown);

/// <summary>Which of a pool's jobs to kill: those of a name, one, or, where both are <see langword="null"/>, all.</summary>
internal readonly record struct KillTarget(string? Name, JobId? Job)
{
    public static KillTarget All => default;
}

/// <summary>A pool tells a node to kill jobs. The id makes it harmless to say so twice.</summary>
/// <param name="Id">Names the kill.</param>
/// <param name="Pool">The pool in which the jobs count.</param>
/// <param name="Jobs">Which jobs; <see langword="null"/> where the pool does not know them: then the node looks for the target itself.</param>
/// <param name="Target">What was asked for.</param>
/// <param name="Reason">What their callers are told.</param>
internal sealed record KillRequest(Guid Id, string Pool, IReadOnlyList<JobId>? Jobs, KillTarget Target, string Reason);

/// <summary>What became of a kill or flush.</summary>
/// <param name="Killed">How many jobs it killed.</param>
/// <param name="UnreachedNodes">How many nodes gave no answer; jobs there may have been killed without being counted.</param>
internal readonly record struct KillReply(int Killed, int UnreachedNodes);
