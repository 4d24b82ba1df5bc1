using System.Diagnostics;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// One activation of a pool. It holds its own share of a job, asks the parents, and commits or rolls back. It gives free room to waiting
/// jobs, recovers after a crash, and kills. See docs/pools-protocol.md for the rules and their reasons.
/// <para>
/// It has no threads, locks or timers of its own. Its host calls it one turn at a time, from the call to the next await, within a
/// <see cref="SynchronizationContext"/> or <see cref="TaskScheduler"/> that runs the continuations as turns too. Calls complete
/// synchronously if nothing has to be waited for.
/// </para>
/// </summary>
internal sealed partial class PoolActor
{
    // In the order in which they may follow each other.
    private enum Phase
    {
        Recovering,
        Ready,
        Leaving,
        Superseded,
        Removed,
    }

    private readonly PoolPorts _ports;
    private readonly CancellationToken _leaving;
    private readonly PoolLedger _ledger = new(default);
    private readonly WaitQueue _waiting = new();
    private readonly Dictionary<JobId, PendingAcquire> _pending = [];
    private readonly BoundedHistory<ShareId, bool> _withdrawn = new(4_096);
    private readonly PoolTotalsCounter _totals = new();
    private readonly PoolLinks _links;
    private readonly ReleaseOutbox _outbox;
    private readonly TaskCompletionSource _recovered = new();
    private Phase _phase;
    private Reject? _lastReject;
    private PoolConfiguration _configuration = new() { Limits = default };

    /// <param name="name">The pool's name.</param>
    /// <param name="ports">What the pool needs from its surroundings.</param>
    /// <param name="leaving">Cancelled in the turn in which the activation leaves; it then stops waiting for its parents.</param>
    public PoolActor(string name, PoolPorts ports, CancellationToken leaving = default)
    {
        Name = name;
        _ports = ports;
        _leaving = leaving;
        _selectorFails = new LogThrottle(ports.Time);
        _selectorIsSlow = new LogThrottle(ports.Time);
        _links = new PoolLinks(ports.Pools, ports.Timings, ports.Time);
        _outbox = new ReleaseOutbox(_links, ports.Timings, ports.Time, ports.Warn);
    }

    public string Name { get; }

    /// <summary>This activation's epoch; 0 before the first step of its recovery.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether it has recovered and admits jobs.</summary>
    public bool IsReady => _phase == Phase.Ready;

    /// <summary>Whether the pool does not exist, or no longer exists.</summary>
    public bool IsRemoved => _phase == Phase.Removed;

    /// <summary>Whether a newer activation exists. The host should drop this one once <see cref="Unsettled"/> is zero.</summary>
    public bool IsSuperseded => _phase == Phase.Superseded;

    /// <summary>Pending requests, and releases to parents that are not acknowledged yet.</summary>
    public int Unsettled => _pending.Count + _outbox.Unacknowledged;

    /// <summary>Whether no job counts in the pool and nothing is pending.</summary>
    public bool IsEmpty => _ledger.UsedWorkers + Unsettled == 0;

    internal PoolLedger Ledger => _ledger;

    /// <summary>The jobs that wait for room.</summary>
    internal WaitQueue Queue => _waiting;

    /// <summary>The current configuration.</summary>
    internal PoolConfiguration Configuration => _configuration;

    /// <summary>Whether a job waits although there is room for it. Always false between two turns.</summary>
    internal bool KeepsRoomFromWaiter => IsReady && _waiting.First is { } first && _ledger.Check(first.Request.Bytes) == HoldResult.Held;

    /// <summary>Asks for a share in this pool and in a chain of its parents.</summary>
    /// <exception cref="PoolSupersededException">Ask again; nothing is held.</exception>
    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        if (request.Seen > Epoch && _phase != Phase.Recovering)
            BecomeSuperseded();
        if (_phase != Phase.Ready || _waiting.IsAhead(request.Priority) || WasTakenBack(request.Job, request.Route))
            return AcquireWithPatienceAsync(request);

        var result = Hold(request, committed: !Delegates);
        if (result == HoldResult.Held)
            return Delegates ? AskParentsAsync(request) : ValueTask.FromResult(Admit(request, null));
        if (result == HoldResult.Present)
            return AnswerAgainAsync(request);
        var reject = RejectFor(result, request.Bytes);
        return request.Wait > TimeSpan.Zero && reject.MayPass ? AcquireWithPatienceAsync(request) : ValueTask.FromResult(No(reject));
    }

    /// <summary>Several requests in one message; none of them waits for room.</summary>
    public async ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        var calls = Array.ConvertAll(requests, request => TryAcquireAsync(request with { Wait = TimeSpan.Zero }));
        var replies = new AcquireReply[requests.Length];
        PoolSupersededException? superseded = null;
        for (var i = 0; i < replies.Length; i++)
        {
            try
            {
                replies[i] = await calls[i];
            }
            catch (PoolSupersededException e)
            {
                superseded = e;
            }
        }

        if (superseded is null)
            return replies;

        // No requester will learn that it was admitted, so what the parents granted is released.
        for (var i = 0; i < replies.Length; i++)
            _ = GiveBackAboveAsync(replies[i].Chain?.Above, requests[i].Job);
        throw superseded;
    }

    private async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request) => await AcquireAsync(request);

    /// <summary>Releases a share, or withdraws a request. May be repeated any number of times.</summary>
    /// <exception cref="PoolSupersededException">Ask again.</exception>
    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
    {
        // Until the ledger is rebuilt, an inventory may still bring the job. If the release were acknowledged now, the share would stay
        // forever.
        return _phase == Phase.Recovering ? ReleaseOnceRecoveredAsync(request) : ValueTask.FromResult(Release(request));
    }

    public async ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        await UntilRecoveredAsync();
        return Array.ConvertAll(requests, request => Release(request));
    }

    /// <summary>The pool's state at this moment.</summary>
    public PoolSnapshot GetSnapshot()
    {
        var now = _ports.Time.GetTimestamp();
        return new PoolSnapshot
        {
            Pool = Name,
            Epoch = Epoch,
            MaxWorkers = _ledger.Limits.MaxWorkers,
            MaxMemoryBytes = _ledger.Limits.MaxMemoryBytes,
            UsedWorkers = _ledger.UsedWorkers,
            UsedBytes = _ledger.UsedBytes,
            HeldWorkers = _ledger.HeldWorkers,
            HeldBytes = _ledger.HeldBytes,
            Waiting = _waiting.Count,
            Totals = _totals.Read(),
            Running = [.. _ledger.All().Where(share => share.Committed).Select(share => new RunningJob(
                share.Request.Job, share.Request.Name, share.Request.Node.Value, share.Request.Bytes, _ports.Time.GetElapsedTime(share.Request.Since, now)))],
        };
    }

    private HoldResult Hold(in AcquireRequest request, bool committed = false)
    {
        return _ledger.TryHold(ShareOf(request), committed);
    }

    private ShareRequest ShareOf(in AcquireRequest request)
        => new(request.Job, request.Route, request.Node, request.Name, request.Bytes, _ports.Time.GetTimestamp());

    /// <summary>
    /// Why a share was not granted. A permanent reason comes first: such a job does not care whether workers are busy at the moment.
    /// </summary>
    private Reject RejectFor(HoldResult result, long bytes)
    {
        Debug.Assert(result is HoldResult.NoWorkers or HoldResult.NoMemory or HoldResult.Behind, "Only these results are rejects.");
        if (!_ledger.Limits.EverFits(bytes))
            result = InfeasibleHere();
        if (result == HoldResult.NoWorkers)
            return RejectWith(RejectReason.NoWorkersAvailable, 1, _ledger.UsedWorkers, _ledger.Limits.MaxWorkers);
        if (result == HoldResult.NoMemory || _waiting.First is not { } first)
            return RejectWith(RejectReason.InsufficientMemory, bytes, _ledger.UsedBytes, _ledger.Limits.MaxMemoryBytes);

        // A worker is free, so the first job in the queue waits for memory.
        var kept = first.Request.Bytes;
        return new Reject(Name, RejectReason.InsufficientMemory, bytes, _ledger.UsedBytes + kept, _ledger.Limits.MaxMemoryBytes) { Waiting = _waiting.Count, Kept = kept };
    }

    /// <summary>A full pool rejects many jobs with the same numbers, so it reuses the last reject object.</summary>
    private Reject RejectWith(RejectReason reason, long requested, long used, long limit)
    {
        if (_lastReject is { } last && last.Reason == reason && last.Requested == requested && last.Used == used && last.Limit == limit)
            return last;
        return _lastReject = new Reject(Name, reason, requested, used, limit);
    }

    private AcquireReply No(Reject reject)
    {
        if (!reject.AskAgain)
            _totals.Rejected(reject.Reason);
        return AcquireReply.No(reject);
    }

    /// <summary>A withdrawn request does not count as a reject of this pool: the requester has decided so.</summary>
    private AcquireReply No(PendingAcquire pending, Reject reject) => pending.Withdrawn ? AcquireReply.No(reject) : No(reject);

    /// <summary>A job holds at most one share in a pool: a repeated request gets the same reply, another request is rejected.</summary>
    private ValueTask<AcquireReply> AnswerAgainAsync(in AcquireRequest request)
    {
        if (_pending.TryGetValue(request.Job, out var pending) && pending.Request.Route == request.Route)
            return new ValueTask<AcquireReply>(pending.Reply);
        if (!_ledger.TryGet(request.Job, out var share))
            return ValueTask.FromResult(No(Reject.Timeout(Name, request.Budget)));
        if (share.Committed && share.Request.Route == request.Route)
            return ValueTask.FromResult(AcquireReply.Yes(ChainOf(request.Route, share.Above)));

        // The route is longer than that of the share for which this pool is asking its parents: a circle, unless an earlier request is
        // still being withdrawn.
        if (share.Committed || Route.Depth(request.Route) <= Route.Depth(share.Request.Route))
            return ValueTask.FromResult(No(Reject.Timeout(Name, request.Budget)));
        _ports.Warn($"Pool {Name}: selectors send a job round in a circle; it is rejected.", null);
        return ValueTask.FromResult(No(Reject.NoSuchPool(Name)));
    }

    private async ValueTask<ReleaseReply> ReleaseOnceRecoveredAsync(ReleaseRequest request)
    {
        await UntilRecoveredAsync();
        return Release(request);
    }

    private ReleaseReply Release(in ReleaseRequest request)
    {
        if (request.Seen > Epoch)
            BecomeSuperseded();
        ThrowIfSuperseded();
        Free(request.Job, request.Route, request.Ending);
        if (request.Ending == LeaseEnding.Withdrawn)
            Withdraw(request.Job, request.Route);
        return new ReleaseReply(Epoch);
    }

    private void Free(JobId job, ulong route, LeaseEnding ending)
    {
        if (!_ledger.Release(job, route, out var share))
            return;
        if (share.Committed)
            _totals.Ended(ending);
        if (ending == LeaseEnding.Withdrawn)
            _ = GiveBackAboveAsync(share.Above, job);
        GiveRoom();
    }

    /// <summary>
    /// Withdraws a request: it leaves the queue immediately, and what the parent may have granted is released. If the request arrives only
    /// now, because the withdrawal overtook it, or arrives again, it is refused.
    /// </summary>
    private void Withdraw(JobId job, ulong route)
    {
        _withdrawn.Set(new ShareId(job, route), true);
        if (!_pending.TryGetValue(job, out var pending) || pending.Request.Route != route)
            return;
        pending.Withdrawn = true;
        if (pending.Parent is not null)
            TakeBack(pending.Parent, job, pending.ParentRoute);
        if (pending.Place is not null)
        {
            _waiting.Remove(pending);
            GiveRoom();
        }

        pending.Turn?.TrySetResult(false);
    }

    private bool WasTakenBack(JobId job, ulong route) => !_withdrawn.IsEmpty && _withdrawn.TryGet(new ShareId(job, route), out _);

    private void ThrowIfSuperseded()
    {
        if (_phase == Phase.Superseded)
            throw new PoolSupersededException(Name, Epoch);
    }

    /// <summary>Waits until the activation can reply.</summary>
    /// <exception cref="PoolSupersededException">Another activation has taken over; ask that one.</exception>
    public async ValueTask UntilRecoveredAsync()
    {
        if (_phase == Phase.Recovering)
            await _recovered.Task;
        ThrowIfSuperseded();
    }
}
