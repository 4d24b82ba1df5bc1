namespace Handler.Pools;

/// <content>Requests that cannot be decided in the turn in which they arrived.</content>
internal sealed partial class PoolActor
{
    private ValueTask<AcquireReply> AcquireWithPatienceAsync(in AcquireRequest request)
    {
        ThrowIfGoing();
        if (_phase == Phase.Removed)
            return ValueTask.FromResult(No(Reject.NoSuchPool(Name)));
        if (WasTakenBack(request.Job, request.Route))
            return ValueTask.FromResult(AcquireReply.No(Reject.Timeout(Name, request.Budget)));
        if (_pending.ContainsKey(request.Job))
            return AnswerAgainAsync(request);

        var pending = Remember(request);
        var reply = WaitThenAskAsync(pending);
        pending.Reply = reply;
        return new ValueTask<AcquireReply>(reply);
    }

    private PendingAcquire Remember(in AcquireRequest request)
    {
        var pending = new PendingAcquire(request, _ports.Time.GetTimestamp());
        _pending[request.Job] = pending;
        return pending;
    }

    private void Forget(PendingAcquire pending)
    {
        if (_pending.TryGetValue(pending.Request.Job, out var current) && current == pending)
            _pending.Remove(pending.Request.Job);
    }

    private async Task<AcquireReply> WaitThenAskAsync(PendingAcquire pending)
    {
        try
        {
            if (_phase == Phase.Recovering)
                await _recovered.Task.WaitAsync(pending.Request.Budget, _ports.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            ThrowIfGoing();
            if (_phase == Phase.Removed)
                return No(pending, Reject.NoSuchPool(Name));
            if (_phase == Phase.Recovering || pending.Withdrawn)
                return No(pending, Reject.Timeout(Name, pending.Request.Budget));

            var result = NextInLine(pending.Request);
            if (result == HoldResult.Present)
            {
                Forget(pending);
                return await AnswerAgainAsync(pending.Request);
            }

            if (result != HoldResult.Held && await WaitForRoomAsync(pending, result) is { } reject)
                return No(pending, reject);
            return await AskParentsAsync(pending);
        }
        finally
        {
            Forget(pending);
        }
    }

    /// <summary>Takes the share, unless it does not fit or another job is ahead in the queue.</summary>
    private HoldResult NextInLine(in AcquireRequest request)
    {
        if (!_waiting.IsAhead(request.Priority))
            return Hold(request);
        if (!_ledger.Limits.EverFits(request.Bytes))
            return InfeasibleHere();

        // What the first job in the queue waits for is reserved, even if this request needs less.
        var own = _ledger.Check(request.Bytes);
        return own != HoldResult.Held ? own : HoldResult.Behind;
    }

    /// <summary>Waits in the queue. Returns the reject, or <see langword="null"/> when the share is held.</summary>
    private async ValueTask<Reject?> WaitForRoomAsync(PendingAcquire pending, HoldResult missing)
    {
        var request = pending.Request;
        if (request.Wait <= TimeSpan.Zero || !_ledger.Limits.EverFits(request.Bytes))
            return RejectFor(missing, request.Bytes);
        if (_waiting.Count >= _configuration.MaxWaiting)
            return new Reject(Name, RejectReason.QueueFull, 1, _waiting.Count, _configuration.MaxWaiting);

        pending.Turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(pending);
        _ = RejectIfInfeasibleAsync(request.Bytes);
        bool held;
        using (_ports.Time.CreateTimer(static turn => ((TaskCompletionSource<bool>)turn!).TrySetResult(false), pending.Turn, request.Wait, Timeout.InfiniteTimeSpan))
            held = await pending.Turn.Task;
        if (!held && pending.Place is not null)
        {
            _waiting.Remove(pending);
            GiveRoom();
        }

        ThrowIfGoing();
        if (held && !pending.Withdrawn)
            return null;
        if (pending.InfeasibleReject is { } infeasible)
            return infeasible;
        if (_phase == Phase.Removed)
            return Reject.NoSuchPool(Name);
        if (pending.Withdrawn)
            return Reject.Timeout(Name, request.Budget);

        // The time is up. What is missing now is the reason. If room was freed at this moment, take it.
        var now = NextInLine(request);
        return now == HoldResult.Held ? null : RejectFor(now == HoldResult.Present ? missing : now, request.Bytes);
    }

    /// <summary>
    /// Rejects waiters that an ancestor could never admit, instead of letting them wait for room here first. Call after limits or parents
    /// may have changed.
    /// </summary>
    public async Task RejectInfeasibleAsync()
    {
        // The biggest first: if a job of that size could be admitted, smaller ones could too.
        foreach (var bytes in _waiting.Where(static _ => true).Select(waiter => waiter.Request.Bytes).Distinct().OrderDescending().ToList())
        {
            if (!await RejectIfInfeasibleAsync(bytes))
                return;
        }
    }

    private async Task<bool> RejectIfInfeasibleAsync(long bytes)
    {
        if (await CheckFeasibilityAboveAsync(bytes, 0) is not { } reject)
            return false;
        Dismiss(waiter => waiter.Request.Bytes == bytes, reject);
        GiveRoom();
        return true;
    }

    /// <inheritdoc cref="IPoolPeer.CheckFeasibilityAsync"/>
    public async ValueTask<Reject?> CheckFeasibilityAsync(long bytes, int depth)
    {
        await UntilRecoveredAsync();
        if (_phase == Phase.Removed)
            return Reject.NoSuchPool(Name);
        return _ledger.Limits.EverFits(bytes) ? await CheckFeasibilityAboveAsync(bytes, depth) : RejectFor(InfeasibleHere(), bytes);
    }

    /// <summary>Asks the fixed parent only. What a selector will return is unknown before the job's turn.</summary>
    private async ValueTask<Reject?> CheckFeasibilityAboveAsync(long bytes, int depth)
    {
        if (_configuration.Parent is not { } parent || depth >= Route.MaxDepth)
            return null;
        if (_links.Find(parent) is not { } link)
            return Reject.NoSuchPool(parent);
        var asked = _configuration;
        try
        {
            var answer = await link.CheckFeasibilityAsync(bytes, depth + 1).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
            return ReferenceEquals(asked, _configuration) ? answer : null; // after a change the reply may be from a parent that the pool no longer has
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null; // unknown; the job finds out when it gets room here
        }
    }

    private HoldResult InfeasibleHere() => _ledger.Limits.MaxWorkers < 1 ? HoldResult.NoWorkers : HoldResult.NoMemory;

    /// <summary>Gives free room to waiting jobs, in order, as far as it lasts.</summary>
    private void GiveRoom()
    {
        while (_phase == Phase.Ready && _waiting.First is { } first)
        {
            var fits = _ledger.Limits.EverFits(first.Request.Bytes);
            var result = fits ? Hold(first.Request) : HoldResult.Present;
            if (result is HoldResult.NoWorkers or HoldResult.NoMemory)
                return;
            _waiting.Remove(first);
            if (!first.Turn!.TrySetResult(result == HoldResult.Held) && result == HoldResult.Held)
                _ledger.Release(first.Request.Job, first.Request.Route, out _); // its time was up at this moment
        }
    }

    /// <summary>Rejects waiting jobs.</summary>
    /// <param name="whom">Which of them to reject.</param>
    /// <param name="infeasible">Why they are infeasible, if an ancestor decided that; <see langword="null"/> otherwise.</param>
    private void Dismiss(Func<PendingAcquire, bool> whom, Reject? infeasible = null)
    {
        foreach (var waiter in _waiting.Where(whom))
        {
            waiter.InfeasibleReject = infeasible;
            _waiting.Remove(waiter);
            waiter.Turn!.TrySetResult(false);
        }
    }
}
