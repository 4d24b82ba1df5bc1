namespace Handler;

/// <summary>
/// A pool that starts jobs without using the thread pool: a caller that blocks on the result may hold the thread pool's last thread.
/// </summary>
internal interface IStartsOrThrows
{
    /// <inheritdoc cref="PoolExtensions.StartAsync{T}(IPool, JobFunction{T}, JobLimits?, CancellationToken)"/>
    Task<JobHandle<T>> StartOrThrowAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);
}
