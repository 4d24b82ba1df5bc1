namespace Handler.Pools;

/// <summary>
/// Asks the parents of a pool for their shares of a job. The pool's own share is already held; the job gets all shares or none.
/// </summary>
/// <param name="state">The pool's state.</param>
/// <param name="lifecycle">Ends requests when the activation goes.</param>
/// <param name="pending">The pending requests.</param>
/// <param name="parents">The ways to the parents.</param>
/// <param name="selection">Asks the pool's selector.</param>
/// <param name="releases">Undoes what was granted for a job that will not run.</param>
/// <param name="ports">The pool's surroundings.</param>
/// <param name="holdAgain">Gets a share for a request that has returned its share, and asks the parents again.</param>
/// <param name="leaving">Cancelled when the activation must no longer wait for its parents.</param>
internal sealed class ParentRequests(
    PoolState state,
    PoolLifecycle lifecycle,
    PendingAcquires pending,
    PoolParents parents,
    ParentSelection selection,
    PoolReleases releases,
    PoolPorts ports,
    Func<PendingAcquire, ValueTask<AcquireReply>> holdAgain,
    CancellationToken leaving)
{
    /// <summary>
    /// Asks as far as parents reply synchronously, which allocates nothing; then continues in <see cref="AskAsync(PendingAcquire)"/>.
    /// </summary>
    public ValueTask<AcquireReply> AskAsync(in AcquireRequest request)
    {
        if (parents.Fixed is { } link && Route.CanContinue(request.Route))
        {
            var route = Route.Through(request.Route, state.Epoch, 0);
            var call = link.AcquireAsync(Forward(request, route, request.Wait, isLast: true));
            if (!call.IsCompletedSuccessfully)
            {
                var waiting = pending.Add(request);
                return Remember(waiting, ListenAsync(waiting, [link.Pool], call));
            }

            var reply = call.Result;
            if (reply.Admitted)
                return ValueTask.FromResult(Settle(request, reply.Chain));
            releases.RollBack(request);
            return ValueTask.FromResult(state.Deny(request, reply));
        }

        var asking = pending.Add(request);
        return Remember(asking, ForgetAfterAsync(asking, AskAsync(asking)));
    }

    /// <summary>Asks the parents of a pending request, one after the other.</summary>
    public ValueTask<AcquireReply> AskAsync(PendingAcquire asking)
    {
        if (state.Configuration.Selector is { } selector)
            return SelectThenAskAsync(asking, selector);
        return state.Configuration.Parent is { } parent
            ? AskAsync(asking, [parent], null)
            : ValueTask.FromResult(Settle(asking.Request, null));
    }

    /// <summary>
    /// The pool has other parents now: requests that were sent to the former ones, and may wait there, are withdrawn and go to the new
    /// ones.
    /// </summary>
    public void LeaveFormerParents()
    {
        foreach (var asking in pending.Where(IsAtParent))
        {
            asking.AsksInVain = true;
            releases.WithdrawFromParent(asking);
        }
    }

    /// <summary>
    /// Returns shares of requests that still wait above, as long as pools below lack what they are guaranteed: after a guarantee was raised
    /// or a limit lowered. The last of those requests go first. They wait here again, each at its former place.
    /// </summary>
    public void ReturnShares()
    {
        var held = pending.Where(HoldsShare);
        foreach (var asking in held.OrderBy(static asking => asking.Request.Priority).ThenByDescending(static asking => asking.Since))
        {
            if (!state.LacksKeptRoom(asking.Request))
                continue;
            if (asking is { Parent: not null, AsksInVain: false })
                releases.WithdrawFromParent(asking);
            asking.AsksInVain = true;
            releases.RollBack(asking.Request);
        }
    }

    private bool HoldsShare(PendingAcquire asking) => state.Holds(asking.Request);

    private static bool IsAtParent(PendingAcquire asking) => asking is { Parent: not null, Withdrawn: false, AsksInVain: false };

    private static ValueTask<AcquireReply> Remember(PendingAcquire asking, Task<AcquireReply> reply)
        => new(asking.Reply = reply);

    private async Task<AcquireReply> ListenAsync(PendingAcquire asking, IReadOnlyList<string> names, ValueTask<AcquireReply> first)
        => await ForgetAfterAsync(asking, AskAsync(asking, names, first));

    private async Task<AcquireReply> ForgetAfterAsync(PendingAcquire asking, ValueTask<AcquireReply> reply)
    {
        try
        {
            return await reply;
        }
        finally
        {
            pending.Remove(asking);
        }
    }

    private async ValueTask<AcquireReply> SelectThenAskAsync(PendingAcquire asking, string selector)
    {
        var (names, reject) = await selection.SelectAsync(selector, asking);
        if (MustAskAgain(asking))
            return await AskAgainAsync(asking);
        if (names is not null && !asking.Withdrawn && state.IsReady)
            return await AskAsync(asking, names, null);
        return Abandon(asking, AcquireReply.No(reject ?? Rejects.Timeout(state.Name, asking.Request.Budget)));
    }

    /// <param name="asking">The request; its own share is held.</param>
    /// <param name="names">The parents to ask, in this order, until one admits.</param>
    /// <param name="call">The first parent's reply, if it has been asked.</param>
    private async ValueTask<AcquireReply> AskAsync(PendingAcquire asking, IReadOnlyList<string> names, ValueTask<AcquireReply>? call)
    {
        var request = asking.Request;
        if (!Route.CanContinue(request.Route))
        {
            releases.RollBack(request);
            return pending.Deny(asking, selection.GoneTooFar());
        }

        var last = AcquireReply.No(Rejects.NoParentSelected(state.Name));
        var worthWaitingFor = new List<int>();
        for (var i = 0; i < names.Count; i++)
        {
            var route = Route.Through(request.Route, state.Epoch, Question(asking, i));
            var wait = names.Count == 1 ? asking.WaitLeft(ports.Time) : TimeSpan.Zero;
            var reply = await AskOneAsync(asking, names[i], Forward(request, route, wait, isLast: i == names.Count - 1), call);
            call = null;
            if (reply.Admitted)
                return Settle(request, reply.Chain);
            if (MustAskAgain(asking))
                return await AskAgainAsync(asking);
            if (reply.Reject.MayPass() || reply.AskAgain || !last.Reject.MayPass())
                last = reply; // "full" says more than that another parent does not exist, or could never admit the job
            if (asking.Withdrawn || state.IsGoing)
                break;
            if (names.Count > 1 && reply.Reject.MayPass())
                worthWaitingFor.Add(i);
        }

        // Several parents were full: wait at the first of them. If that one rejects the job immediately (infeasible, or too many wait
        // there), try the next.
        foreach (var i in worthWaitingFor)
        {
            var left = asking.WaitLeft(ports.Time);
            if (asking.Withdrawn || state.IsGoing || left <= TimeSpan.Zero)
                break;
            var route = Route.AgainThrough(request.Route, state.Epoch, Question(asking, i));
            var reply = await AskOneAsync(asking, names[i], Forward(request, route, left, isLast: true), null);
            if (reply.Admitted)
                return Settle(request, reply.Chain);
            if (MustAskAgain(asking))
                return await AskAgainAsync(asking);
            last = reply;
        }

        return Abandon(asking, last);
    }

    private async ValueTask<AcquireReply> AskOneAsync(
        PendingAcquire asking, string parent, AcquireRequest request, ValueTask<AcquireReply>? call)
    {
        asking.Parent = parent;
        asking.ParentRoute = request.Route;
        AcquireReply reply;
        try
        {
            var asked = call ?? parents.AcquireAsync(parent, request);
            reply = await asked.AsTask().WaitAsync(request.Wait + request.Budget, ports.Time, leaving);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // It is unknown whether the parent holds a share now. Withdraw it, unless that was done already, and ask the next parent.
            if (IsAtParent(asking))
                releases.WithdrawFromParent(asking);
            reply = AcquireReply.No(Rejects.Timeout(parent, request.Budget), askAgain: exception is not TimeoutException);
        }

        asking.Parent = null;
        if (!reply.Admitted || !(asking.Withdrawn || asking.AsksInVain || state.IsGoing))
            return reply;

        // The requester that has withdrawn may still wait until nothing is held any longer.
        await releases.ReleaseAboveAsync(reply.Chain, request.Job).WaitAsync(ports.Timings.CallTimeout, ports.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return AcquireReply.No(Rejects.Timeout(state.Name, request.Budget));
    }

    private bool MustAskAgain(PendingAcquire asking)
    {
        if (!asking.AsksInVain)
            return false;
        asking.AsksInVain = false;
        asking.Moves++;
        return !asking.Withdrawn && state.IsReady;
    }

    private ValueTask<AcquireReply> AskAgainAsync(PendingAcquire asking) => HoldsShare(asking) ? AskAsync(asking) : holdAgain(asking);

    /// <summary>The number of a request to a parent, made of the parent's place and how often the request had to be repeated.</summary>
    private static int Question(PendingAcquire asking, int parent) => parent + (asking.Moves << 16);

    /// <summary>The parents have accepted, or there are none: from here on the job may run.</summary>
    private AcquireReply Settle(in AcquireRequest request, PoolChain? above)
    {
        if (state.TryCommit(request.Job, request.Route, above) is { } chain)
            return AcquireReply.Yes(chain);

        // The share was released while the parent was asked: the request was withdrawn, or its node is dead.
        releases.ReleaseAbove(above, request.Job);
        return AcquireReply.No(Rejects.Timeout(state.Name, request.Budget));
    }

    /// <summary>No parent has admitted the job.</summary>
    private AcquireReply Abandon(PendingAcquire asking, in AcquireReply no)
    {
        releases.RollBack(asking.Request);
        lifecycle.ThrowIfGoing();
        return pending.Deny(asking, state.IsRemoved ? AcquireReply.No(Rejects.NoSuchPool(state.Name)) : no);
    }

    // The parent gets less time than there is, so that its reply, or the news that there was none, still reaches the requester.
    private AcquireRequest Forward(in AcquireRequest request, ulong route, TimeSpan wait, bool isLast) => request with
    {
        Route = route,
        From = state.PathOf(request.From),
        Seen = 0,
        Wait = wait,
        Budget = isLast ? request.Budget - (request.Budget / 16) : request.Budget * 0.75,
    };
}
