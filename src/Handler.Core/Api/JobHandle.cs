namespace Handler;

/// <summary>
/// An action that was admitted as a job. Disposing the handle kills the job, unless it has ended or was detached, and returns when the
/// job's share of the pools has been released.
/// </summary>
/// <param name="id">The job's id.</param>
/// <param name="outcome">The job's outcome.</param>
public abstract class JobHandle(JobId id, Task<JobOutcome> outcome) : IAsyncDisposable
{
    /// <summary>Identifies the job in snapshots and for <see cref="IPool.KillAsync(JobId, string?, CancellationToken)"/>.</summary>
    public JobId Id => id;

    /// <summary>The job's outcome. The task never faults. When it completes, the job's share of the pools has been released.</summary>
    public Task<JobOutcome> Outcome => outcome;

    /// <inheritdoc cref="JobHandle{T}.KillAsync"/>
    public abstract Task<bool> KillAsync(string? reason = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="JobHandle{T}.Detach"/>
    public abstract void Detach();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
