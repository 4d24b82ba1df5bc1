using System.Diagnostics;
using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// What one activation of a pool knows, and what it decides: which request gets a share, which one waits, which one is rejected and why,
/// and which waiting job gets the room that becomes free. It sends nothing and waits for nothing, and the time is passed in.
/// </summary>
internal sealed class PoolState
{
    private readonly FairTree<WaiterLevels> tree = new();
    private readonly PoolLedger ledger;
    private readonly WaitQueue queue;
    private readonly PoolTotalsCounter totals = new();
    private readonly BoundedHistory<ShareId, bool> withdrawn = new(Tuning.Pools.MaxWithdrawn);
    private readonly PoolChain?[] chains = new PoolChain?[4];
    private readonly PoolPath?[] paths = new PoolPath?[4];
    private int nextChain;
    private int nextPath;
    private GuaranteeList guarantees = GuaranteeList.None;
    private JobRejected? lastReject;

    public PoolState(string name)
    {
        Name = name;
        ledger = new PoolLedger(default, tree);
        queue = new WaitQueue(tree);
    }

    public string Name { get; }

    /// <summary>This activation's epoch; 0 before the first step of its recovery.</summary>
    public long Epoch { get; set; }

    public PoolPhase Phase { get; private set; }

    public PoolConfiguration Configuration { get; private set; } = new() { Limits = default };

    /// <summary>Whether the pool has parents. Kept here so that an admission need not read the configuration.</summary>
    public bool Delegates { get; private set; }

    /// <summary>The shares. Only this class changes them.</summary>
    public IReadOnlyPoolLedger Ledger => ledger;

    /// <summary>The jobs that wait for room. Only this class changes the queue.</summary>
    public IReadOnlyWaitQueue Queue => queue;

    /// <summary>Whether a job waits for room.</summary>
    public bool HasWaiting => queue.Count > 0;

    public PoolTotals Totals => totals.Read();

    public bool IsReady => Phase == PoolPhase.Ready;

    public bool IsRemoved => Phase == PoolPhase.Removed;

    /// <summary>Whether another activation has taken over, or will.</summary>
    public bool IsGoing => Phase is PoolPhase.Leaving or PoolPhase.Superseded;

    /// <summary>Enters the given phase, unless a later one was reached: a pool that was removed while it recovered stays removed.</summary>
    public void Advance(PoolPhase phase)
    {
        if (phase > Phase)
            Phase = phase;
        if (!IsReady)
            Dismiss(static _ => true);
    }

    public void Apply(PoolConfiguration configuration)
    {
        Configuration = configuration;
        Delegates = configuration.Parent is not null || configuration.Selector is not null;
        ledger.Limits = configuration.Limits;
        if (!configuration.Guarantees.Equals(guarantees))
            Guarantee(configuration.Guarantees);
    }

    /// <summary>
    /// Whether a job of this size can be admitted now with nothing to consider but the room: the pool is ready and no job waits.
    /// </summary>
    public bool HasRoomNow(PoolPath? from, long bytes) => IsReady && queue.Count == 0 && ledger.Check(from, bytes) == HoldResult.Held;

    /// <summary>Takes the share of a request, unless it does not fit or a waiting job is ahead.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="committed">Whether no parent has to accept.</param>
    /// <param name="isNew">Whether the request has just arrived, so that its weights are the newest.</param>
    public HoldResult TryHold(in AcquireRequest request, long now, bool committed = false, bool isNew = true)
    {
        if (isNew)
            Learn(request.From, now);
        if (queue.Count == 0)
            return Hold(request, now, committed);
        if (ledger.TryGet(request.Job, out _))
            return HoldResult.Present; // a request that is repeated, so it needs no room
        if (ledger.CheckFeasibility(request.From, request.Bytes) is not HoldResult.Held and var missing)
            return missing;

        var own = ledger.Check(request.From, request.Bytes);
        if (own != HoldResult.Held)
            return own;
        if (!queue.TryPass(request, ledger))
            return HoldResult.Behind;
        var held = Hold(request, now, committed);
        GiveRoom(now); // the children have other shares now, so the room may no longer be kept for the same job
        return held;
    }

    /// <summary>Enters what a node runs: a committed share, whether or not it fits. Not an admission, so it is not counted.</summary>
    public void Restore(in ShareRequest share, PoolChain? above) => ledger.Enter(share, above);

    /// <inheritdoc cref="PoolLedger.UseBytes"/>
    public void UseBytes(long bytes) => ledger.UseBytes(bytes);

    /// <summary>Whether a request has a share that its parents have not accepted yet.</summary>
    public bool Holds(in AcquireRequest request)
        => ledger.TryGet(request.Job, out var share) && !share.Committed && share.Request.Route == request.Route;

    /// <summary>
    /// Whether less is free than pools below are guaranteed, and the share of a request takes some of it. That is so only after a guarantee
    /// was raised or a limit lowered.
    /// </summary>
    public bool LacksKeptRoom(in AcquireRequest request) => ledger.LacksKeptRoom(request.From, request.Bytes);

    /// <inheritdoc cref="PoolLedger.TakeTurns"/>
    public List<Share> TakeTurns(IEnumerable<Share> shares, int most) => ledger.TakeTurns(shares, most);

    /// <summary>Lets a request wait behind those of its priority.</summary>
    public void Enqueue(Waiter waiter) => queue.Add(waiter);

    /// <summary>Takes a request out of the queue; does nothing if it is not there. What was reserved for it is free for others.</summary>
    public void LeaveQueue(Waiter waiter) => queue.Remove(waiter);

    /// <summary>Takes a committed share, whether or not it fits.</summary>
    /// <returns>The chain of the job's lease, from this pool on.</returns>
    public PoolChain Admit(in ShareRequest share, PoolChain? above)
    {
        tree.Learn(share.From);
        var isNew = ledger.Enter(share, above);
        Debug.Assert(isNew, "No caller has asked about this job before.");
        return Admitted(share.Route, above);
    }

    /// <summary>The parents have accepted: from here on the job may run.</summary>
    /// <returns>The chain of its lease; <see langword="null"/> if the share was released meanwhile.</returns>
    public PoolChain? TryCommit(JobId job, ulong route, PoolChain? above) => ledger.Commit(job, above) ? Admitted(route, above) : null;

    /// <summary>Counts an admission.</summary>
    /// <returns>The chain of the job's lease, from this pool on.</returns>
    public PoolChain Admitted(ulong route, PoolChain? above)
    {
        totals.Admitted();
        return ChainOf(route, above);
    }

    /// <summary>Releases the share of a job. Returns whether there was one by this route.</summary>
    /// <param name="job">The job.</param>
    /// <param name="route">The route by which the share was requested.</param>
    /// <param name="outcome">How the job ended.</param>
    /// <param name="freed">The released share.</param>
    public bool TryRelease(JobId job, ulong route, LeaseOutcome outcome, out ReleasedShare freed)
    {
        if (!ledger.Release(job, route, out freed))
            return false;
        freed = freed with { HasTurnLeft = outcome.HasTurnLeft };
        if (freed.Committed)
            totals.Ended(outcome);
        return true;
    }

    /// <summary>Releases a share that was held while the parents were asked. Returns whether there was one.</summary>
    public bool TryRollBack(in AcquireRequest request) => ledger.Release(request.Job, request.Route, out _);

    /// <summary>Remembers that a request was withdrawn: the withdrawal may have overtaken it.</summary>
    public void Withdraw(JobId job, ulong route) => withdrawn.Set(new ShareId(job, route), true);

    public bool WasWithdrawn(in AcquireRequest request)
        => !withdrawn.IsEmpty && withdrawn.TryGet(new ShareId(request.Job, request.Route), out _);

    /// <summary>Gives free room to waiting jobs, as far as it lasts.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="freed">The share whose release made room; the default value if something else did.</param>
    public void GiveRoom(long now, in ReleasedShare freed = default)
    {
        if (freed.HasTurnLeft && IsReady && queue.NextInTurn(ledger, freed) is { } same)
            GiveRoom(same, now, isInTurn: true);
        while (IsReady && queue.Next(ledger) is { } next)
            GiveRoom(next, now, isInTurn: false);
    }

    /// <summary>Rejects waiting jobs.</summary>
    /// <param name="which">Which of them to reject.</param>
    /// <param name="infeasible">Why they are infeasible, if an ancestor decided that; <see langword="null"/> otherwise.</param>
    public void Dismiss(Func<Waiter, bool> which, JobRejected? infeasible = null)
    {
        foreach (var waiter in queue.Where(which))
        {
            waiter.InfeasibleReject = infeasible;
            queue.Remove(waiter);
            waiter.TryEndWaiting(false);
        }
    }

    /// <summary>Rejects the waiting jobs that the present limits never admit.</summary>
    public void DismissInfeasible() => Dismiss(waiter => !IsFeasible(waiter.Request));

    /// <summary>Why this pool could never admit a job of this size; <see langword="null"/> if it could.</summary>
    public JobRejected? CheckFeasibility(PoolPath? from, long bytes)
        => ledger.CheckFeasibility(from, bytes) is not HoldResult.Held and var missing ? RejectInfeasible(missing, from, bytes) : null;

    /// <summary>Why a request must not wait for room; <see langword="null"/> if it may.</summary>
    /// <param name="request">The request.</param>
    /// <param name="missing">Why it has no share now.</param>
    public JobRejected? CheckWaiting(in AcquireRequest request, HoldResult missing)
    {
        if (request.Wait <= TimeSpan.Zero || !IsFeasible(request))
            return RejectFor(missing, request);

        // Counted per child, so that one cannot fill the queue for all others.
        var waiting = queue.CountOf(request.From);
        return waiting >= Configuration.MaxWaiting
            ? new JobRejected(Name, RejectReason.QueueFull, 1, waiting, Configuration.MaxWaiting)
            : null;
    }

    /// <summary>
    /// Why a share was not granted. A permanent reason comes first: such a job does not care whether workers are busy at the moment.
    /// </summary>
    public JobRejected RejectFor(HoldResult result, in AcquireRequest request)
    {
        Debug.Assert(result is not (HoldResult.Held or HoldResult.Present), "Only the other results are rejects.");
        var (from, bytes) = (request.From, request.Bytes);
        if (ledger.CheckFeasibility(from, bytes) is not HoldResult.Held and var infeasible)
            return RejectInfeasible(infeasible, from, bytes);
        if (result is HoldResult.WorkersKept or HoldResult.MemoryKept)
            return RejectForKept(result, from, bytes, isForever: false);
        if (result == HoldResult.NoWorkers)
            return RejectForWorkers();
        if (result == HoldResult.NoMemory || queue.KeptFor(request, ledger) is not { } first)
            return RejectForMemory(bytes);

        // A worker is free, so what the other job waits for is memory.
        var kept = ledger.Kept is null ? first.Request.Bytes : KeptFor(first, ledger.Kept);
        return new JobRejected(Name, RejectReason.InsufficientMemory, bytes, ledger.UsedBytes + kept, ledger.Limits.MaxMemoryBytes)
        {
            Waiting = queue.Count,
            Kept = kept,
        };
    }

    /// <summary>The reply that rejects a request. The reject is counted, unless the node asks again.</summary>
    public AcquireReply Deny(in AcquireRequest request, JobRejected reject) => Deny(request, AcquireReply.No(reject));

    /// <summary>Passes on a reply that is no. Its reject is counted, unless the node asks again.</summary>
    public AcquireReply Deny(in AcquireRequest request, in AcquireReply no)
    {
        if (!no.AskAgain && !request.IsTrial)
            totals.Rejected(no.Reject.Reason);
        return no;
    }

    /// <summary>The chain of a lease: the same object for all leases that came by the same path.</summary>
    public PoolChain ChainOf(ulong route, PoolChain? above)
    {
        foreach (var known in chains)
        {
            if (known is not null
                && known.Route == route
                && ReferenceEquals(known.Above, above)
                && known.Weight == Configuration.Weight
                && known.OwnProfile == Configuration.Profile)
            {
                return known;
            }
        }

        var chain = new PoolChain(Name, Epoch, route, above) { Weight = Configuration.Weight, OwnProfile = Configuration.Profile };
        chains[nextChain++ % chains.Length] = chain;
        return chain;
    }

    /// <summary>
    /// The path of a job from here to the parents: the same object for all jobs that came the same way, unless the weight has changed.
    /// </summary>
    public PoolPath PathOf(PoolPath? below)
    {
        foreach (var known in paths)
        {
            if (known is not null && ReferenceEquals(known.Below, below) && known.Weight == Configuration.Weight)
                return known;
        }

        var path = new PoolPath(Name, Configuration.Weight, below);
        paths[nextPath++ % paths.Length] = path;
        return path;
    }

    /// <summary>The share that a request asks for.</summary>
    public static ShareRequest ShareOf(in AcquireRequest request, long now)
        => new(request.Job, request.Route, request.Node, request.Name, request.Bytes, now, request.From);

    /// <summary>Takes the weights of a new request. With other weights another job may be next.</summary>
    private void Learn(PoolPath? from, long now)
    {
        if (tree.Learn(from) && queue.Count > 0)
            GiveRoom(now);
    }

    private void GiveRoom(Waiter next, long now, bool isInTurn)
    {
        var leaf = next.Leaf!;
        queue.Remove(next);
        var held = IsFeasible(next.Request) && Hold(next.Request, now) == HoldResult.Held;
        if (!next.TryEndWaiting(held) && held)
            TryRollBack(next.Request); // its time was up at this moment
        else if (held)
            queue.Served(leaf, next.Request.Bytes, isInTurn);
    }

    private HoldResult Hold(in AcquireRequest request, long now, bool committed = false)
    {
        return ledger.TryHold(ShareOf(request, now), committed);
    }

    private bool IsFeasible(in AcquireRequest request) => ledger.CheckFeasibility(request.From, request.Bytes) == HoldResult.Held;

    private void Guarantee(GuaranteeList all)
    {
        guarantees = all;
        ledger.SetGuarantees(all);
        queue.Keep(ledger.Kept);
    }

    /// <summary>
    /// How much memory a new job cannot have, although it is free, while this one waits: at least all that is free, because pools that are
    /// guaranteed something have jobs of their own that come first.
    /// </summary>
    private long KeptFor(Waiter first, KeptRoom kept) => Math.Max(
        kept.Kept.Bytes + kept.NeededBeyond(first.Request.From, first.Request.Bytes).Bytes,
        ledger.Limits.MaxMemoryBytes - ledger.UsedBytes);

    /// <summary>The room that is free is kept for others, as long as they do not use what they are guaranteed, or in any case.</summary>
    private JobRejected RejectForKept(HoldResult result, PoolPath? from, long bytes, bool isForever)
    {
        var kept = ledger.Kept!;
        var used = isForever ? default : new Amount(ledger.UsedWorkers, ledger.UsedBytes);
        var others = isForever
            ? kept.Guaranteed + kept.LeastNeededBeyond(from, bytes) - new Amount(1, bytes)
            : kept.Kept + kept.NeededBeyond(from, bytes) - new Amount(1, bytes);
        return result == HoldResult.WorkersKept
            ? Reject(RejectReason.NoWorkersAvailable, 1, static amount => amount.Workers, ledger.Limits.MaxWorkers)
            : Reject(RejectReason.InsufficientMemory, bytes, static amount => amount.Bytes, ledger.Limits.MaxMemoryBytes);

        JobRejected Reject(RejectReason reason, long requested, Func<Amount, long> of, long limit)
            => RejectWith(reason, requested, of(used) + of(others), limit, of(others), kept.FindOwner(from, of, isForever));
    }

    private JobRejected RejectInfeasible(HoldResult missing, PoolPath? from, long bytes) => missing switch
    {
        HoldResult.NoWorkers => RejectForWorkers(),
        HoldResult.NoMemory => RejectForMemory(bytes),
        _ => RejectForKept(missing, from, bytes, isForever: true),
    };

    private JobRejected RejectForWorkers()
        => RejectWith(RejectReason.NoWorkersAvailable, 1, ledger.UsedWorkers, ledger.Limits.MaxWorkers);

    private JobRejected RejectForMemory(long bytes)
        => RejectWith(RejectReason.InsufficientMemory, bytes, ledger.UsedBytes, ledger.Limits.MaxMemoryBytes);

    /// <summary>A full pool rejects many jobs with the same numbers, so it reuses the last reject object.</summary>
    private JobRejected RejectWith(
        RejectReason reason, long requested, long used, long limit, long kept = 0, string? keptFor = null)
    {
        if (lastReject is { } last
            && (last.Reason, last.Requested, last.Used, last.Limit, last.Kept) == (reason, requested, used, limit, kept)
            && last.KeptFor == keptFor)
            return last;
        return lastReject = new JobRejected(Name, reason, requested, used, limit) { Kept = kept, KeptFor = keptFor };
    }
}
