using Handler.Functions;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <content>
/// Asks the pool's selector for the parents of a job. A selector is application code: it may throw, be slow, or return nonsense.
/// </content>
internal sealed partial class PoolActor
{
    private readonly LogThrottle _selectorFails;
    private readonly LogThrottle _selectorIsSlow;

    private async ValueTask<AcquireReply> SelectThenAskAsync(PendingAcquire pending, string selector)
    {
        var (parents, reject) = await SelectAsync(selector, pending);
        if (parents is not null && !pending.Withdrawn && _phase == Phase.Ready)
            return await AskParentsAsync(pending, parents, null);
        GiveBackOwn(pending.Request);
        ThrowIfGoing();
        if (_phase == Phase.Removed)
            return No(pending, Reject.NoSuchPool(Name));
        return No(pending, reject ?? Reject.Timeout(Name, pending.Request.Budget));
    }

    /// <summary>The parents to ask, or the reason why they are not known.</summary>
    private async ValueTask<(string[]? Parents, Reject? Reject)> SelectAsync(string name, PendingAcquire pending)
    {
        var request = pending.Request;
        if (!_ports.Selectors.TryGetValue(name, out var selector))
            return SelectorFailed($"no selector is registered as {name}", null);
        Task<IReadOnlyList<string>>? call = null;
        try
        {
            call = _ports.Select(selector, _configuration.SelectorConfig, request.SelectorArgument, request.Budget).AsTask();
            pending.Turn = new TaskCompletionSource<bool>(); // not RunContinuationsAsynchronously: an inline continuation here only posts the rest of this method as a turn
            await Task.WhenAny(call, pending.Turn.Task).WaitAsync(request.Budget, _ports.Time);
            return call.IsCompleted ? ([.. await call], null) : (null, Reject.Timeout(Name, request.Budget)); // not completed: the request was withdrawn
        }
        catch (Exception) when (call is { IsFaulted: false, IsCompletedSuccessfully: false })
        {
            if (_selectorIsSlow.IsDue())
                _ports.Warn($"Pool {Excerpt.OfName(Name)}: the selector {name} did not return within {request.Budget.TotalMilliseconds} ms; the job is rejected.", null);
            return (null, Reject.Timeout(Name, request.Budget));
        }
        catch (Exception e)
        {
            return SelectorFailed($"the selector {name} threw", e);
        }
    }

    private (string[]? Parents, Reject? Reject) SelectorFailed(string how, Exception? exception)
    {
        if (_selectorFails.IsDue())
            _ports.Warn($"Pool {Excerpt.OfName(Name)}: {how}; the job is rejected.", exception);
        return (null, Reject.SelectorFailed(Name));
    }

    /// <summary>
    /// Rejects a job whose chain is too long. <see cref="PoolGraph"/> limits fixed chains, so only selectors can make one that long.
    /// </summary>
    private Reject GoneTooFar()
    {
        if (_selectorFails.IsDue())
            _ports.Warn($"Pool {Excerpt.OfName(Name)}: selectors have sent the job through {Route.MaxDepth} pools, more than a chain may have; it is rejected.", null);
        return Reject.SelectorFailed(Name);
    }
}
