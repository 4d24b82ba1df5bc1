using Handler.Functions;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Asks the pool's selector for the parents of a job. A selector is application code: it may throw, be slow, or return nonsense.
/// </summary>
internal sealed class ParentSelection(PoolState state, BackgroundWork background, PoolPorts ports)
{
    private readonly LogThrottle fails = new(ports.Time);
    private readonly LogThrottle isSlow = new(ports.Time);

    /// <summary>The parents to ask, or the reason why they are not known.</summary>
    public async ValueTask<(string[]? Parents, JobRejected? Reject)> SelectAsync(string name, PendingAcquire pending)
    {
        var request = pending.Request;
        if (!ports.Selectors.TryGetValue(name, out var selector))
        {
            if (fails.IsDue())
                PoolLog.NoSuchSelector(ports.Log, Name, name);
            return Failed();
        }

        Task<IReadOnlyList<string>>? call = null;
        try
        {
            call = ports.Select(selector, state.Configuration.SelectorConfig, request.SelectorArgument, request.Budget).AsTask();

            // Not RunContinuationsAsynchronously: an inline continuation here only posts the rest of this method as a turn.
            pending.Turn = new TaskCompletionSource<bool>();
            await Task.WhenAny(call, pending.Turn.Task).WaitAsync(request.Budget, ports.Time);

            // If the call is not completed, the request was withdrawn.
            return call.IsCompleted ? ([.. await call], null) : TimedOut(name, call, request.Budget);
        }
        catch (Exception) when (call is { IsFaulted: false, IsCompletedSuccessfully: false })
        {
            if (isSlow.IsDue())
                PoolLog.SelectorIsSlow(ports.Log, Name, name, request.Budget.TotalMilliseconds);
            return TimedOut(name, call, request.Budget);
        }
        catch (Exception exception)
        {
            if (fails.IsDue())
                PoolLog.SelectorThrew(ports.Log, Name, name, exception);
            return Failed();
        }
    }

    /// <summary>The job waits no longer. If its selector throws later, that is logged as if the job still waited.</summary>
    private (string[]? Parents, JobRejected? Reject) TimedOut(string name, Task call, TimeSpan budget)
    {
        background.Run("a selector whose job waits no longer", LogWhatItThrowsAsync(name, call));
        return (null, Rejects.Timeout(state.Name, budget));
    }

    private async Task LogWhatItThrowsAsync(string name, Task call)
    {
        await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (call.Exception?.InnerException is { } exception && fails.IsDue())
            PoolLog.SelectorThrew(ports.Log, Name, name, exception);
    }

    /// <summary>
    /// Rejects a job whose chain is too long. <see cref="PoolGraph"/> limits fixed chains, so only selectors can make one that long.
    /// </summary>
    public JobRejected GoneTooFar()
    {
        if (fails.IsDue())
            PoolLog.ChainIsTooLong(ports.Log, Name, Route.MaxDepth);
        return Rejects.SelectorFailed(state.Name);
    }

    /// <summary>The pool's name for the log.</summary>
    private string Name => Excerpt.OfName(state.Name);

    private (string[]? Parents, JobRejected? Reject) Failed() => (null, Rejects.SelectorFailed(state.Name));
}
