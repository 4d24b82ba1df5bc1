using System.Runtime.CompilerServices;

namespace Handler;

/// <summary>
/// <c>RunAsync</c> for every kind of function. A function with a <see cref="CancellationToken"/> parameter gets a token that is cancelled
/// when its caller cancels (see <see cref="JobLimits.CancellationGrace"/>).
/// </summary>
public static class JobRunnerExtensions
{
    /// <summary>Runs a function.</summary>
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner, Func<T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs a function.</summary>
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner,
        Func<CancellationToken, T> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous function.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner, Func<Task<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous function.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner,
        Func<CancellationToken, Task<T>> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous function.</summary>
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner, Func<ValueTask<T>> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous function.</summary>
    public static Task<JobOutcome<T>> RunAsync<T>(
        this IJobRunner runner,
        Func<CancellationToken, ValueTask<T>> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => Run<T>(runner, function, limits, cancellationToken);

    /// <summary>Runs an action.</summary>
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner, Action function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs an action.</summary>
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner, Action<CancellationToken> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner, Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous action.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner,
        Func<CancellationToken, Task> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous action.</summary>
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner, Func<ValueTask> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs an asynchronous action.</summary>
    public static Task<JobOutcome> RunAsync(
        this IJobRunner runner,
        Func<CancellationToken, ValueTask> function,
        JobLimits? limits = null,
        CancellationToken cancellationToken = default)
        => RunAction(runner, function, limits, cancellationToken);

    /// <summary>Runs a registered function that takes no argument.</summary>
    /// <param name="runner">The handler or pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">The job's limits; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled.</param>
    public static Task<JobOutcome<T>> RunRegisteredAsync<T>(
        this IJobRunner runner, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runner);
        return runner.RunAsync(JobFunction<T>.Registered(name), limits, cancellationToken);
    }

    /// <summary>Runs a registered function with one argument.</summary>
    /// <param name="runner">The handler or pool that runs the function.</param>
    /// <param name="name">The function's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The function's argument; it must be serializable.</param>
    /// <param name="limits">The job's limits; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled.</param>
    public static Task<JobOutcome<T>> RunRegisteredAsync<TArgument, T>(
        this IJobRunner runner, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runner);
        return runner.RunAsync(JobFunction<T>.Registered(name, argument), limits, cancellationToken);
    }

    /// <summary>Runs a registered action that takes no argument.</summary>
    /// <param name="runner">The handler or pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="limits">The job's limits; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled.</param>
    [OverloadResolutionPriority(1)] // otherwise limits would also match the argument of the other overload
    public static Task<JobOutcome> RunRegisteredActionAsync(
        this IJobRunner runner, string name, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunActionAsync(runner, JobFunction<NoValue>.Registered(name), limits, cancellationToken);

    /// <summary>Runs a registered action with one argument.</summary>
    /// <param name="runner">The handler or pool that runs the action.</param>
    /// <param name="name">The action's name, as given by <see cref="JobFunctionAttribute"/> or <c>AddFunction</c>.</param>
    /// <param name="argument">The action's argument; it must be serializable.</param>
    /// <param name="limits">The job's limits; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled.</param>
    public static Task<JobOutcome> RunRegisteredActionAsync<TArgument>(
        this IJobRunner runner, string name, TArgument argument, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => RunActionAsync(runner, JobFunction<NoValue>.Registered(name, argument), limits, cancellationToken);

    private static Task<JobOutcome<T>> Run<T>(IJobRunner runner, Delegate function, JobLimits? limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(runner);
        return runner.RunAsync(new JobFunction<T>(function), limits, cancellationToken);
    }

    private static Task<JobOutcome> RunAction(IJobRunner runner, Delegate action, JobLimits? limits, CancellationToken cancellationToken)
        => RunActionAsync(runner, new JobFunction<NoValue>(action), limits, cancellationToken);

    private static Task<JobOutcome> RunActionAsync(
        IJobRunner runner, JobFunction<NoValue> action, JobLimits? limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(runner);
        return ActionCompletion.WithoutValue(runner.RunAsync(action, limits, cancellationToken));
    }
}
