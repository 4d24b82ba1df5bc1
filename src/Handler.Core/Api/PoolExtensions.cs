using System.Runtime.CompilerServices;

namespace Handler;

/// <summary>
/// <c>StartAsync</c> and <c>TryStartAsync</c> for every kind of function, as <see cref="JobRunnerExtensions"/> has for <c>RunAsync</c>. If
/// the job is not admitted, <c>StartAsync</c> throws <see cref="JobRejectedException"/> and <c>TryStartAsync</c> returns the reject. See
/// <see cref="IPool.TryStartAsync{T}"/>.
/// </summary>
public static class PoolExtensions
{
    /// <summary>Starts a job. The task completes when the job is admitted.</summary>
    /// <inheritdoc cref="IPool.TryStartAsync{T}"/>
    /// <exception cref="JobRejectedException">The job was not admitted.</exception>
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        return StartAsync(pool, function, limits, HandleOrThrow, cancellationToken);
    }

    internal static JobHandle<T> HandleOrThrow<T>(JobStart<T> start)
        => start.IsAdmitted ? start.Job : throw new JobRejectedException(start.Reject);

    /// <summary>Starts a function.</summary>
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, Func<T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts a function.</summary>
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, Func<CancellationToken, T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, Func<Task<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, Func<CancellationToken, Task<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function.</summary>
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool, Func<ValueTask<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function.</summary>
    public static Task<JobHandle<T>> StartAsync<T>(
        this IPool pool,
        Func<CancellationToken, ValueTask<T>> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => Start<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool, Action function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool, Action<CancellationToken> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<CancellationToken, Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<ValueTask> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool,
        Func<CancellationToken, ValueTask> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => StartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts a function, if it is admitted.</summary>
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool, Func<T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts a function, if it is admitted.</summary>
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool, Func<CancellationToken, T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool, Func<Task<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool, Func<CancellationToken, Task<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function, if it is admitted.</summary>
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool, Func<ValueTask<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous function, if it is admitted.</summary>
    public static Task<JobStart<T>> TryStartAsync<T>(
        this IPool pool,
        Func<CancellationToken, ValueTask<T>> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => TryStart<T>(pool, function, limits, cancellationToken);

    /// <summary>Starts an action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Action function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Action<CancellationToken> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<CancellationToken, Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<ValueTask> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool,
        Func<CancellationToken, ValueTask> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, function, limits, cancellationToken);

    private static Task<JobHandle<T>> Start<T>(IPool pool, Delegate function, JobLimits? limits, CancellationToken cancellationToken)
        => pool.StartAsync(new JobFunction<T>(function), limits, cancellationToken);

    private static Task<JobStart<T>> TryStart<T>(IPool pool, Delegate function, JobLimits? limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.TryStartAsync(new JobFunction<T>(function), limits, cancellationToken);
    }

    private static Task<JobHandle> StartActionAsync(IPool pool, Delegate action, JobLimits? limits, CancellationToken cancellationToken)
        => StartAsync(
            pool,
            new JobFunction<NoValue>(action),
            limits,
            static JobHandle (start) => new StartedAction(HandleOrThrow(start)),
            cancellationToken);

    private static Task<JobStart> TryStartActionAsync(IPool pool, Delegate action, JobLimits? limits, CancellationToken cancellationToken)
        => StartAsync(
            pool,
            new JobFunction<NoValue>(action),
            limits,
            static start => start.IsAdmitted ? new JobStart(new StartedAction(start.Job), null) : new JobStart(null, start.Reject),
            cancellationToken);

    private static Task<TStarted> StartAsync<T, TStarted>(
        IPool pool, JobFunction<T> function, JobLimits? limits, Func<JobStart<T>, TStarted> then, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool is IStartsOrThrows direct
            ? direct.StartAsync(function, limits, then, cancellationToken)
            : WhenStarted(pool.TryStartAsync(function, limits, cancellationToken));

        async Task<TStarted> WhenStarted(Task<JobStart<T>> start) => then(await start.ConfigureAwait(false));
    }
}
