namespace Handler;

/// <summary>
/// A named pool. It runs jobs as long as there is room in it and in its parent pools. Every call looks the pool up by name, so this object
/// may be kept while pools are added and removed. If no pool has the name, jobs are rejected with <see cref="RejectReason.NoSuchPool"/>.
/// <para>
/// Pass <see cref="JobOptions"/> as the limits of <see cref="IJobRunner.RunAsync{T}"/> to control admission. The outcome of a job that is
/// not admitted is <see cref="JobRejected"/>. By the time a caller sees an outcome, the job's share has been released in every pool of its
/// chain.
/// </para>
/// </summary>
public interface IPool : IJobRunner
{
    /// <summary>The pool's name.</summary>
    string Name { get; }

    /// <summary>
    /// Starts a job if it is admitted. The task completes when the job is admitted or rejected. <see cref="PoolExtensions"/> has overloads
    /// for every kind of function.
    /// </summary>
    /// <param name="function">The function to run.</param>
    /// <param name="limits">
    /// The job's limits and how it is admitted (<see cref="JobOptions"/>); <see langword="null"/> for the handler's defaults.
    /// </param>
    /// <param name="cancellationToken">Kills the job when cancelled, also after its start, unless the job is detached.</param>
    /// <exception cref="ArgumentException">The function or a limit is invalid; nothing was started.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the job was admitted.</exception>
    /// <exception cref="JobException">
    /// On a cluster: it is unknown whether the job was admitted, because the node that was to run it died in the meantime
    /// (<see cref="JobLostException"/>), or the job was killed before its admission.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The handler was disposed.</exception>
    Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);

    /// <summary>
    /// Kills all admitted jobs of this name that count in this pool, including those of child pools. Their callers get
    /// <see cref="JobKilled"/>.
    /// </summary>
    /// <param name="name">The jobs' <see cref="JobOptions.Name"/>.</param>
    /// <param name="reason">The reason in the jobs' outcomes; <see langword="null"/> for "User killed the process".</param>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply; the jobs may be killed nevertheless.</param>
    /// <returns>
    /// How many jobs it killed; jobs that were already being killed do not count. 0 if there is no such pool. If the pool was removed, jobs
    /// that still run in it can still be killed.
    /// </returns>
    Task<int> KillAsync(string name, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Kills one admitted job that counts in this pool. Its caller gets <see cref="JobKilled"/>.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="reason">As for <see cref="KillAsync(string, string?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">As for <see cref="KillAsync(string, string?, CancellationToken)"/>.</param>
    /// <returns><see langword="false"/> if there is no such job, or it was already being killed.</returns>
    Task<bool> KillAsync(JobId job, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Kills all admitted jobs that count in this pool, including those of child pools. Jobs that wait for room are not affected.
    /// </summary>
    /// <param name="reason">As for <see cref="KillAsync(string, string?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">As for <see cref="KillAsync(string, string?, CancellationToken)"/>.</param>
    /// <returns>How many jobs it killed; see <see cref="KillAsync(string, string?, CancellationToken)"/>.</returns>
    Task<int> KillAllAsync(string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Returns the pool's limits, what is in use, counts of outcomes, and the running jobs.</summary>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply.</param>
    /// <exception cref="KeyNotFoundException">There is no such pool.</exception>
    Task<PoolSnapshot> GetSnapshotAsync(CancellationToken cancellationToken = default);
}
