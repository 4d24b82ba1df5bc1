namespace Handler.Infrastructure;

/// <summary>
/// Runs work that is not awaited where it is started. Each piece of work has a name. If it fails, its owner's code for that case runs, and
/// the exception is reported with the name. So no exception is lost, ends the process, or leaves a caller waiting.
/// </summary>
/// <param name="report">Receives the name and the exception of work that failed.</param>
/// <param name="inTurns">Whether failures are handled in the synchronization context in which the work was started, as the turns of pools
/// require. Otherwise they are handled on any thread.</param>
internal sealed class BackgroundWork(Action<string, Exception> report, bool inTurns = false)
{
    /// <summary>Lets work that has started continue in the background.</summary>
    /// <param name="name">What the work is, such as "the release of a share".</param>
    /// <param name="work">The work.</param>
    /// <param name="whenFailed">Called if the work fails, for example to end the call that it belongs to.</param>
    public void Run(string name, Task work, Action<Exception>? whenFailed = null)
        => Run(name, work, whenFailed, static (whenFailed, exception) => whenFailed?.Invoke(exception));

    /// <summary>Lets work that has started continue in the background. Allocates no delegate for work that is started often.</summary>
    /// <param name="name">What the work is, such as "the release of a share".</param>
    /// <param name="work">The work.</param>
    /// <param name="owner">What <paramref name="whenFailed"/> gets.</param>
    /// <param name="whenFailed">Called if the work fails, for example to end the call that it belongs to.</param>
    public void Run<TOwner>(string name, Task work, TOwner owner, Action<TOwner, Exception> whenFailed)
    {
        if (!work.IsCompletedSuccessfully)
            _ = ObserveAsync(name, work, owner, whenFailed); // never fails
    }

    /// <summary>Starts work on this thread. It makes no difference whether it fails synchronously or later.</summary>
    /// <inheritdoc cref="Run(string, Task, Action{Exception})"/>
    public void Run(string name, Func<Task> work, Action<Exception>? whenFailed = null) => Run(name, StartAsync(work), whenFailed);

    /// <summary>
    /// Starts work on this thread, and completes a source with what the work returns or throws. So nothing is left to report.
    /// </summary>
    public static void PassOn<T>(Func<ValueTask<T>> work, TaskCompletionSource<T> to) => _ = PassOnAsync(work, to); // never fails

    /// <summary>Runs work on a thread-pool thread.</summary>
    /// <inheritdoc cref="Run(string, Task, Action{Exception})"/>
    public void RunElsewhere(string name, Action work, Action<Exception>? whenFailed = null) => Run(name, Task.Run(work), whenFailed);

    /// <summary>
    /// Runs work until it is cancelled. If it fails or ends before that, it is reported and started again after a while. The returned task
    /// completes when the work has ended, and never fails.
    /// </summary>
    /// <param name="name">What the work is.</param>
    /// <param name="work">The work. It ends when the token that it gets is cancelled.</param>
    /// <param name="restartAfter">How long to wait before work that has failed or ended early is started again.</param>
    /// <param name="time">Measures that time.</param>
    /// <param name="stopping">Ends the work.</param>
    public async Task KeepRunningAsync(
        string name, Func<CancellationToken, Task> work, TimeSpan restartAfter, TimeProvider time, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunUntilStoppedAsync(name, work, stopping).ConfigureAwait(inTurns);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Report(name, exception);
                await Task.Delay(restartAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | Context);
            }
        }
    }

    private ConfigureAwaitOptions Context => inTurns ? ConfigureAwaitOptions.ContinueOnCapturedContext : ConfigureAwaitOptions.None;

    private async Task RunUntilStoppedAsync(string name, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        await work(stopping).ConfigureAwait(inTurns);
        if (!stopping.IsCancellationRequested)
            throw new InvalidOperationException($"Work that has to run until it is cancelled ended early: {name}.");
    }

    private static Task StartAsync(Func<Task> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    private static async Task PassOnAsync<T>(Func<ValueTask<T>> work, TaskCompletionSource<T> to)
    {
        var started = StartAsync();
        await ((Task)started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        to.SetFromTask(started);

        async Task<T> StartAsync() => await work().ConfigureAwait(false);
    }

    private async Task ObserveAsync<TOwner>(string name, Task work, TOwner owner, Action<TOwner, Exception> whenFailed)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | Context);
        if (work.IsCompletedSuccessfully)
            return;
        var failure = work.Exception?.InnerException ?? new TaskCanceledException(work);
        try
        {
            whenFailed(owner, failure);
        }
        catch (Exception exception)
        {
            failure = new AggregateException(failure, exception);
        }

        Report(name, failure);
    }

    private void Report(string name, Exception failure)
    {
        try
        {
            report(name, failure);
        }
        catch (Exception)
        {
            // The application's logger failed, so there is nowhere to report it.
        }
    }
}
