namespace Handler;

/// <summary>
/// A job that was admitted. Disposing it kills the job, unless it has ended or was detached, and returns when its share of the
/// pools is free again.
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

    /// <summary>Names the job in snapshots and for <see cref="IPool.KillAsync(JobId, string)"/>.</summary>
    public JobId Id { get; }

    /// <summary>How the job ends. Never fails; the job's share of the pools is free by the time it completes.</summary>
    public Task<Outcome<T>> Outcome { get; }

    /// <summary>Kills the job. Answers <see langword="false"/> when it has ended, or was being killed already.</summary>
    /// <param name="reason">What the outcome, <see cref="Killed{T}"/>, gives as its reason.</param>
    public Task<bool> KillAsync(string reason = IPool.UserKilled) => pool.KillAsync(Id, reason);

    /// <summary>From now on neither disposing this handle nor the call's cancellation token ends the job. <see cref="Outcome"/> still tells how it ends. A job that is being ended already is not saved by it, and disposing the handler ends it.</summary>
    public void Detach() => owner.Detach();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => owner.Abandon() ? new ValueTask(Outcome) : ValueTask.CompletedTask;
}
