namespace Handler;

/// <summary>
/// A pool that starts jobs without using the thread pool: a caller that blocks on the result may hold the thread pool's last thread.
/// </summary>
internal interface IStartsOrThrows
{
    /// <summary>Starts a job, and returns what the given function makes of the result.</summary>
    Task<TStarted> StartAsync<T, TStarted>(
        JobFunction<T> function, JobLimits? limits, Func<JobStart<T>, TStarted> then, CancellationToken cancellationToken);
}
