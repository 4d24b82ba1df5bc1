namespace Handler;

/// <summary>
/// A named pool: runs jobs as long as there is room in it and in its parent pools. Every call looks the pool up by its name, so this
/// may be kept while pools come and go; where there is none of that name, jobs are rejected with <see cref="RejectReason.NoSuchPool"/>.
/// <para>
/// <see cref="IJobRunner.RunAsync{T}"/> takes <see cref="JobOptions"/> for its limits. A job that is not admitted answers <see cref="Rejected{T}"/>. When
/// an outcome is seen, the job's share is free again in every pool of its chain.
/// </para>
/// </summary>
public interface IPool : IJobRunner
{
    /// <summary>The reason given to callers of killed jobs, where no other is.</summary>
    public const string UserKilled = "User killed the process";

    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Starts a job, if it is admitted; answers when it is, or the reject. <see cref="PoolExtensions"/> has the calls for every shape of function.</summary>
    /// <param name="function">What to run.</param>
    /// <param name="limits">What it may use, and how it is admitted (<see cref="JobOptions"/>); <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled, also after it was started, unless it is detached.</param>
    /// <exception cref="ArgumentException">Function or limits are not usable; nothing was started.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the job was admitted.</exception>
    /// <exception cref="JobException">On a cluster: it is not known whether the job was admitted, because the node that was to run it died meanwhile (<see cref="JobLostException"/>), or it was killed before its admission.</exception>
    /// <exception cref="ObjectDisposedException">The handler is disposed.</exception>
    Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);

    /// <summary>Kills all admitted jobs of this name that count in this pool, those of child pools included. Their callers get <see cref="Killed{T}"/>.</summary>
    /// <param name="name">See <see cref="JobOptions.Name"/>.</param>
    /// <param name="reason">What their outcomes give as reason.</param>
    /// <returns>How many it killed; those that were being killed already do not count. 0 where there is no such pool; where it was removed, what runs on in it can still be killed.</returns>
    Task<int> KillAsync(string name, string reason = UserKilled);

    /// <summary>Kills one admitted job that counts in this pool. Its caller gets <see cref="Killed{T}"/>.</summary>
    /// <returns><see langword="false"/> when there is no such job, or it was being killed already.</returns>
    Task<bool> KillAsync(JobId job, string reason = UserKilled);

    /// <summary>Kills all admitted jobs that count in this pool, those of child pools included; jobs that wait for room stay.</summary>
    /// <returns>How many it killed; see <see cref="KillAsync(string, string)"/>.</returns>
    Task<int> FlushAsync(string reason = UserKilled);

    /// <summary>The pool's limits, what is in use, what became of its jobs, and which run.</summary>
    /// <exception cref="KeyNotFoundException">There is no such pool.</exception>
    Task<PoolSnapshot> GetSnapshotAsync();
}
