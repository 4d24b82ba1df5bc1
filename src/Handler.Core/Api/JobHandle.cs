namespace Handler;

/// <summary>
/// An action that was admitted as a job. Disposing the handle kills the job, unless it has ended or was detached, and returns when the
/// job's share of the pools has been released.
/// </summary>
/// <param name="id">The job's id; never empty.</param>
/// <param name="outcome">The job's outcome.</param>
public abstract class JobHandle(JobId id, Task<JobOutcome> outcome) : IAsyncDisposable
{
    /// <summary>Identifies the job in snapshots and for <see cref="IPool.KillAsync(JobId, string?, CancellationToken)"/>.</summary>
    public JobId Id { get; } = NotEmpty(id);

    /// <summary>The job's outcome. The task never faults. When it completes, the job's share of the pools has been released.</summary>
    public Task<JobOutcome> Outcome { get; } = outcome ?? throw new ArgumentNullException(nameof(outcome));

    /// <inheritdoc cref="JobHandle{T}.KillAsync"/>
    public abstract Task<bool> KillAsync(string? reason = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="JobHandle{T}.Detach"/>
    public abstract void Detach();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <exception cref="ArgumentException">The id is empty: no job has that id, so nothing could be killed by it.</exception>
    internal static JobId NotEmpty(JobId id)
        => id != default ? id : throw new ArgumentException("The id of a job must not be empty.", nameof(id));
}
