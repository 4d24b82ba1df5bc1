namespace Handler;

/// <summary>
/// A function that was admitted as a job. Disposing the handle kills the job, unless it has ended or was detached, and returns when the
/// job's share of the pools has been released.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
/// <param name="id">The job's id; never empty.</param>
/// <param name="outcome">The job's outcome.</param>
public abstract class JobHandle<T>(JobId id, Task<JobOutcome<T>> outcome) : IAsyncDisposable
{
    /// <summary>Identifies the job in snapshots and for <see cref="IPool.KillAsync(JobId, string?, CancellationToken)"/>.</summary>
    public JobId Id { get; } = JobHandle.NotEmpty(id);

    /// <summary>The job's outcome. The task never faults. When it completes, the job's share of the pools has been released.</summary>
    public Task<JobOutcome<T>> Outcome { get; } = outcome ?? throw new ArgumentNullException(nameof(outcome));

    /// <summary>Kills the job. Returns <see langword="false"/> if it has ended or was already being killed.</summary>
    /// <param name="reason">The reason in the outcome, <see cref="JobKilled"/>; <see langword="null"/> for "User killed the
    /// process".</param>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply; the job may be killed nevertheless.</param>
    public abstract Task<bool> KillAsync(string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Detaches the job: from now on neither disposing this handle nor cancelling the call's token ends it. <see cref="Outcome"/> still
    /// completes with its outcome. Detaching does not save a job that is already being ended, and disposing the handler still ends the job.
    /// </summary>
    public abstract void Detach();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
