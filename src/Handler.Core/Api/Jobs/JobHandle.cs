namespace Handler;

/// <summary>
/// A job that was admitted. Disposing the handle kills the job, unless it has ended or was detached, and returns when the job's share of
/// the pools has been released.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
public sealed class JobHandle<T> : IAsyncDisposable
{
    private readonly IPool pool;
    private readonly IJobOwner owner;

    internal JobHandle(JobId id, IPool pool, Task<Outcome<T>> outcome, IJobOwner owner)
    {
        Id = id;
        Outcome = outcome;
        this.pool = pool;
        this.owner = owner;
    }

    /// <summary>Identifies the job in snapshots and for <see cref="IPool.KillAsync(JobId, string)"/>.</summary>
    public JobId Id { get; }

    /// <summary>The job's outcome. The task never faults. When it completes, the job's share of the pools has been released.</summary>
    public Task<Outcome<T>> Outcome { get; }

    /// <summary>Kills the job. Returns <see langword="false"/> if it has ended or was already being killed.</summary>
    /// <param name="reason">The reason given in the outcome, <see cref="Killed{T}"/>.</param>
    public Task<bool> KillAsync(string reason = IPool.UserKilled) => pool.KillAsync(Id, reason);

    /// <summary>
    /// Detaches the job: from now on neither disposing this handle nor cancelling the call's token ends it. <see cref="Outcome"/> still
    /// completes with its outcome. Detaching does not save a job that is already being ended, and disposing the handler still ends the job.
    /// </summary>
    public void Detach() => owner.Detach();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => owner.Abandon() ? new ValueTask(Outcome) : ValueTask.CompletedTask;
}
