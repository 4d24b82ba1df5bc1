using System.Runtime.CompilerServices;

namespace Handler;

/// <summary>
/// <c>StartAsync</c> and <c>TryStartAsync</c> for every kind of function, as <see cref="JobRunnerExtensions"/> has for <c>RunAsync</c>. If
/// the job is not admitted, <c>StartAsync</c> throws <see cref="JobRejectedException"/> and <c>TryStartAsync</c> returns the reject. See
/// <see cref="IPool.TryStartAsync{T}"/>. The same holds for the methods that start a registered function.
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
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool, Action<CancellationToken> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<CancellationToken, Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool, Func<ValueTask> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action.</summary>
    public static Task<JobHandle> StartAsync(
        this IPool pool,
        Func<CancellationToken, ValueTask> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => StartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts a registered function that takes no argument.</summary>
    /// <param name="pool">The pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobHandle<T>> StartRegisteredAsync<T>(
        this IPool pool, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAsync(pool, JobFunction<T>.Registered(name), limits, cancellationToken);

    /// <summary>Starts a registered function with one argument.</summary>
    /// <param name="pool">The pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The function's argument; it must be serializable.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobHandle<T>> StartRegisteredAsync<TArgument, T>(
        this IPool pool, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartAsync(pool, JobFunction<T>.Registered(name, argument), limits, cancellationToken);

    /// <summary>Starts a registered action that takes no argument.</summary>
    /// <param name="pool">The pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    [OverloadResolutionPriority(1)] // otherwise limits would also match the argument of the other overload
    public static Task<JobHandle> StartRegisteredActionAsync(
        this IPool pool, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, JobFunction<NoValue>.Registered(name), limits, cancellationToken);

    /// <summary>Starts a registered action with one argument.</summary>
    /// <param name="pool">The pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The action's argument; it must be serializable.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobHandle> StartRegisteredActionAsync<TArgument>(
        this IPool pool, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => StartActionAsync(pool, JobFunction<NoValue>.Registered(name, argument), limits, cancellationToken);

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
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Action<CancellationToken> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<CancellationToken, Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool, Func<ValueTask> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts an asynchronous action, if it is admitted.</summary>
    public static Task<JobStart> TryStartAsync(
        this IPool pool,
        Func<CancellationToken, ValueTask> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => TryStartAction(pool, function, limits, cancellationToken);

    /// <summary>Starts a registered function that takes no argument, if it is admitted.</summary>
    /// <param name="pool">The pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobStart<T>> TryStartRegisteredAsync<T>(
        this IPool pool, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartFunction(pool, JobFunction<T>.Registered(name), limits, cancellationToken);

    /// <summary>Starts a registered function with one argument, if it is admitted.</summary>
    /// <param name="pool">The pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The function's argument; it must be serializable.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobStart<T>> TryStartRegisteredAsync<TArgument, T>(
        this IPool pool, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartFunction(pool, JobFunction<T>.Registered(name, argument), limits, cancellationToken);

    /// <summary>Starts a registered action that takes no argument, if it is admitted.</summary>
    /// <param name="pool">The pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    [OverloadResolutionPriority(1)] // otherwise limits would also match the argument of the other overload
    public static Task<JobStart> TryStartRegisteredActionAsync(
        this IPool pool, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, JobFunction<NoValue>.Registered(name), limits, cancellationToken);

    /// <summary>Starts a registered action with one argument, if it is admitted.</summary>
    /// <param name="pool">The pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The action's argument; it must be serializable.</param>
    /// <param name="limits">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    /// <param name="cancellationToken">As for <see cref="IPool.TryStartAsync{T}"/>.</param>
    public static Task<JobStart> TryStartRegisteredActionAsync<TArgument>(
        this IPool pool, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => TryStartActionAsync(pool, JobFunction<NoValue>.Registered(name, argument), limits, cancellationToken);

    private static Task<JobHandle<T>> Start<T>(IPool pool, Delegate function, JobLimits? limits, CancellationToken cancellationToken)
        => pool.StartAsync(new JobFunction<T>(function), limits, cancellationToken);

    private static Task<JobStart<T>> TryStart<T>(IPool pool, Delegate function, JobLimits? limits, CancellationToken cancellationToken)
        => TryStartFunction(pool, new JobFunction<T>(function), limits, cancellationToken);

    private static Task<JobStart<T>> TryStartFunction<T>(
        IPool pool, JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.TryStartAsync(function, limits, cancellationToken);
    }

    private static Task<JobHandle> StartAction(IPool pool, Delegate action, JobLimits? limits, CancellationToken cancellationToken)
        => StartActionAsync(pool, new JobFunction<NoValue>(action), limits, cancellationToken);

    private static Task<JobStart> TryStartAction(IPool pool, Delegate action, JobLimits? limits, CancellationToken cancellationToken)
        => TryStartActionAsync(pool, new JobFunction<NoValue>(action), limits, cancellationToken);

    private static Task<JobHandle> StartActionAsync(
        IPool pool, JobFunction<NoValue> action, JobLimits? limits, CancellationToken cancellationToken)
        => StartAsync(pool, action, limits, static JobHandle (start) => new StartedAction(HandleOrThrow(start)), cancellationToken);

    private static Task<JobStart> TryStartActionAsync(
        IPool pool, JobFunction<NoValue> action, JobLimits? limits, CancellationToken cancellationToken)
        => StartAsync(
            pool,
            action,
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
