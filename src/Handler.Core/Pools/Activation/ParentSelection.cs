using Handler.Functions;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Asks the pool's selector for the parents of a job. A selector is application code: it may throw, be slow, or return nonsense.
/// </summary>
internal sealed class ParentSelection(PoolState state, PoolPorts ports)
{
    private readonly LogThrottle fails = new(ports.Time);
    private readonly LogThrottle isSlow = new(ports.Time);

    /// <summary>The parents to ask, or the reason why they are not known.</summary>
    public async ValueTask<(string[]? Parents, JobRejected? Reject)> SelectAsync(string name, PendingAcquire pending)
    {
        var request = pending.Request;
        if (!ports.Selectors.TryGetValue(name, out var selector))
            return Failed($"no selector is registered as {name}", null);
        Task<IReadOnlyList<string>>? call = null;
        try
        {
            call = ports.Select(selector, state.Configuration.SelectorConfig, request.SelectorArgument, request.Budget).AsTask();

            // Not RunContinuationsAsynchronously: an inline continuation here only posts the rest of this method as a turn.
            pending.Turn = new TaskCompletionSource<bool>();
            await Task.WhenAny(call, pending.Turn.Task).WaitAsync(request.Budget, ports.Time);

            // If the call is not completed, the request was withdrawn.
            return call.IsCompleted ? ([.. await call], null) : (null, Rejects.Timeout(state.Name, request.Budget));
        }
        catch (Exception) when (call is { IsFaulted: false, IsCompletedSuccessfully: false })
        {
            if (isSlow.IsDue())
                Warn($"the selector {name} did not return within {request.Budget.TotalMilliseconds} ms; the job is rejected.", null);
            return (null, Rejects.Timeout(state.Name, request.Budget));
        }
        catch (Exception e)
        {
            return Failed($"the selector {name} threw", e);
        }
    }

    /// <summary>
    /// Rejects a job whose chain is too long. <see cref="PoolGraph"/> limits fixed chains, so only selectors can make one that long.
    /// </summary>
    public JobRejected GoneTooFar()
    {
        if (fails.IsDue())
            Warn($"selectors have sent the job through {Route.MaxDepth} pools, more than a chain may have; it is rejected.", null);
        return Rejects.SelectorFailed(state.Name);
    }

    private (string[]? Parents, JobRejected? Reject) Failed(string how, Exception? exception)
    {
        if (fails.IsDue())
            Warn($"{how}; the job is rejected.", exception);
        return (null, Rejects.SelectorFailed(state.Name));
    }

    private void Warn(string what, Exception? exception) => ports.Warn($"Pool {Excerpt.OfName(state.Name)}: {what}", exception);
}
