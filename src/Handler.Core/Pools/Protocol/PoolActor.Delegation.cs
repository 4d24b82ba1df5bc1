namespace Handler.Pools;

/// <content>Asks the parents. The pool's own share is already held; the job gets all shares or none.</content>
internal sealed partial class PoolActor
{
    private readonly PoolChain?[] _chains = new PoolChain?[4];
    private PoolLink? _fixedLink; // to the one parent of all jobs, once it was asked
    private int _nextChain;

    /// <summary>The link to the one parent to which all jobs are delegated, if there is one.</summary>
    private PoolLink? FixedLink => _fixedLink ??= _configuration is { Selector: null, Parent: { } parent } ? _links.Find(parent) : null;

    private bool Delegates => _configuration.Parent is not null || _configuration.Selector is not null;

    /// <summary>
    /// Asks as far as parents reply synchronously, which allocates nothing; then continues in
    /// <see cref="AskParentsAsync(PendingAcquire)"/>.
    /// </summary>
    private ValueTask<AcquireReply> AskParentsAsync(in AcquireRequest request)
    {
        if (FixedLink is { } link && Route.CanGoOn(request.Route))
        {
            var call = link.AcquireAsync(Forward(request, Route.Through(request.Route, Epoch, 0), request.Wait, isLast: true));
            if (!call.IsCompletedSuccessfully)
            {
                var pending = Remember(request);
                var reply = ListenAsync(pending, [link.Pool], call);
                pending.Reply = reply;
                return new ValueTask<AcquireReply>(reply);
            }

            var answer = call.Result;
            if (answer.Admitted)
                return ValueTask.FromResult(Settle(request, answer.Chain));
            GiveBackOwn(request);
            return ValueTask.FromResult(No(answer.Reject));
        }

        var asking = Remember(request);
        var later = ForgetAfterAsync(asking, AskParentsAsync(asking));
        asking.Reply = later;
        return new ValueTask<AcquireReply>(later);
    }

    private async Task<AcquireReply> ListenAsync(PendingAcquire pending, IReadOnlyList<string> parents, ValueTask<AcquireReply> first)
        => await ForgetAfterAsync(pending, AskParentsAsync(pending, parents, first));

    private async Task<AcquireReply> ForgetAfterAsync(PendingAcquire pending, ValueTask<AcquireReply> reply)
    {
        try
        {
            return await reply;
        }
        finally
        {
            Forget(pending);
        }
    }

    private ValueTask<AcquireReply> AskParentsAsync(PendingAcquire pending)
    {
        if (_configuration.Selector is { } selector)
            return SelectThenAskAsync(pending, selector);
        return _configuration.Parent is { } parent ? AskParentsAsync(pending, [parent], null) : ValueTask.FromResult(Settle(pending.Request, null));
    }

    /// <param name="pending">The request; its own share is held.</param>
    /// <param name="parents">The parents to ask, in this order, until one admits.</param>
    /// <param name="call">The first parent's reply, if it has been asked.</param>
    private async ValueTask<AcquireReply> AskParentsAsync(PendingAcquire pending, IReadOnlyList<string> parents, ValueTask<AcquireReply>? call)
    {
        var request = pending.Request;
        if (!Route.CanGoOn(request.Route))
        {
            GiveBackOwn(request);
            return No(pending, GoneTooFar());
        }

        var last = Reject.NoSuchPool(Name);
        var worthWaitingFor = new List<int>();
        for (var i = 0; i < parents.Count; i++)
        {
            var isLast = i == parents.Count - 1;
            var wait = parents.Count == 1 ? WaitLeft(pending) : TimeSpan.Zero;
            var reply = await AskOneAsync(pending, parents[i], Forward(request, Route.Through(request.Route, Epoch, Question(pending, i)), wait, isLast), call);
            call = null;
            if (reply.Admitted)
                return Settle(request, reply.Chain);
            if (MustAskNewParents(pending))
                return await AskParentsAsync(pending);
            if (reply.Reject.MayPass || reply.Reject.AskAgain || !last.MayPass)
                last = reply.Reject; // "full" says more than that another parent does not exist, or could never admit the job
            if (pending.Withdrawn || IsGoing)
                break;
            if (parents.Count > 1 && reply.Reject.MayPass)
                worthWaitingFor.Add(i);
        }

        // Several parents were full: wait at the first of them. If that one rejects the job immediately (infeasible, or too many wait
        // there), try the next.
        foreach (var i in worthWaitingFor)
        {
            var left = WaitLeft(pending);
            if (pending.Withdrawn || IsGoing || left <= TimeSpan.Zero)
                break;
            var reply = await AskOneAsync(pending, parents[i], Forward(request, Route.AgainThrough(request.Route, Epoch, Question(pending, i)), left, isLast: true), null);
            if (reply.Admitted)
                return Settle(request, reply.Chain);
            if (MustAskNewParents(pending))
                return await AskParentsAsync(pending);
            last = reply.Reject;
        }

        GiveBackOwn(request);
        ThrowIfGoing();
        return No(pending, _phase == Phase.Removed ? Reject.NoSuchPool(Name) : last);
    }

    private async ValueTask<AcquireReply> AskOneAsync(PendingAcquire pending, string parent, AcquireRequest request, ValueTask<AcquireReply>? call)
    {
        pending.Parent = parent;
        pending.ParentRoute = request.Route;
        AcquireReply reply;
        try
        {
            reply = await (call ?? _links.AcquireAsync(parent, request)).AsTask().WaitAsync(request.Wait + request.Budget, _ports.Time, _leaving);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is unknown whether the parent holds a share now. Withdraw it, unless that was done already, and ask the next parent.
            if (!pending.Withdrawn && !pending.AsksFormerParent)
                TakeBack(parent, request.Job, request.Route);
            reply = AcquireReply.No(Reject.Timeout(parent, request.Budget) with { AskAgain = e is not TimeoutException });
        }

        pending.Parent = null;
        if (!reply.Admitted || !(pending.Withdrawn || pending.AsksFormerParent || IsGoing))
            return reply;

        // The requester that has withdrawn may still wait until nothing is held any longer.
        await GiveBackAboveAsync(reply.Chain, request.Job).WaitAsync(_ports.Timings.CallTimeout, _ports.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return AcquireReply.No(Reject.Timeout(Name, request.Budget));
    }

    /// <summary>
    /// The pool has other parents now: requests that were sent to the former ones, and may wait there, are withdrawn and go to the new
    /// ones.
    /// </summary>
    private void LeaveFormerParents()
    {
        foreach (var pending in _pending.Values.Where(static pending => pending is { Parent: not null, Withdrawn: false, AsksFormerParent: false }).ToList())
        {
            pending.AsksFormerParent = true;
            TakeBack(pending.Parent!, pending.Request.Job, pending.ParentRoute);
        }
    }

    private bool MustAskNewParents(PendingAcquire pending)
    {
        if (!pending.AsksFormerParent)
            return false;
        pending.AsksFormerParent = false;
        pending.Moves++;
        return !pending.Withdrawn && _phase == Phase.Ready;
    }

    /// <summary>The number of a request to a parent, made of the parent's place and how often the parents have changed.</summary>
    private static int Question(PendingAcquire pending, int parent) => parent + (pending.Moves << 16);

    /// <summary>Whether a request stays with a parent that its pool no longer has. Always false between two turns.</summary>
    internal bool HasRequestAtFormerParent => IsReady && _configuration.Selector is null
        && _pending.Values.Any(pending => pending is { Parent: { } asked, Withdrawn: false, AsksFormerParent: false } && asked != _configuration.Parent);

    /// <summary>The parents have accepted, or there are none: from here on the job may run.</summary>
    private AcquireReply Settle(in AcquireRequest request, PoolChain? above)
    {
        if (!_ledger.Commit(request.Job, above))
        {
            // The share was released while the parent was asked: the request was withdrawn, or its node is dead.
            _ = GiveBackAboveAsync(above, request.Job);
            return AcquireReply.No(Reject.Timeout(Name, request.Budget));
        }

        return Admit(request, above);
    }

    private AcquireReply Admit(in AcquireRequest request, PoolChain? above) => AcquireReply.Yes(Admitted(request.Route, above));

    private PoolChain Admitted(ulong route, PoolChain? above)
    {
        _totals.Admitted();
        return ChainOf(route, above);
    }

    private void GiveBackOwn(in AcquireRequest request)
    {
        if (_ledger.Release(request.Job, request.Route, out _))
            GiveRoom();
    }

    /// <summary>Releases what the parents have granted for a job that will not run.</summary>
    private Task GiveBackAboveAsync(PoolChain? above, JobId job)
    {
        return _outbox.ReleaseAsync(above, job, LeaseEnding.Withdrawn).AsTask();
    }

    private void TakeBack(string parent, JobId job, ulong route)
    {
        _ = _outbox.ReleaseAsync(parent, new ReleaseRequest(job, route, LeaseEnding.Withdrawn)).AsTask();
    }

    // The parent gets less time than there is, so that its reply, or the news that there was none, still reaches the requester.
    private static AcquireRequest Forward(in AcquireRequest request, ulong route, TimeSpan wait, bool isLast) => request with
    {
        Route = route,
        Seen = 0,
        Wait = wait,
        Budget = isLast ? request.Budget - (request.Budget / 16) : request.Budget * 0.75,
    };

    private TimeSpan WaitLeft(PendingAcquire pending)
        => pending.Request.Wait <= TimeSpan.Zero ? TimeSpan.Zero : Longer(pending.Request.Wait - _ports.Time.GetElapsedTime(pending.Since), TimeSpan.Zero);

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>The chain of a lease: the same object for all leases that came by the same path.</summary>
    private PoolChain ChainOf(ulong route, PoolChain? above)
    {
        foreach (var known in _chains)
        {
            if (known is not null && known.Route == route && ReferenceEquals(known.Above, above))
                return known;
        }

        var chain = new PoolChain(Name, Epoch, route, above);
        _chains[_nextChain++ % _chains.Length] = chain;
        return chain;
    }
}
