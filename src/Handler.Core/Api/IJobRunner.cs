namespace Handler;

/// <summary>
/// Runs functions in isolated worker processes. <see cref="JobRunnerExtensions"/> has overloads for every kind of function.
/// <para>
/// An implementation for tests calls <see cref="JobFunction{T}.Delegate"/>, or looks up <see cref="JobFunction{T}.Name"/>, and returns
/// <see cref="JobOutcome.FromValue"/> or <see cref="JobOutcome.FromFailure"/>. The <c>T</c> of an action is a type of Handler's without
/// content: its value is <c>default(T)</c>.
/// </para>
/// </summary>
public interface IJobRunner
{
    /// <summary>Runs one function and returns its outcome. Never throws for anything that the function does.</summary>
    /// <param name="function">The function to run.</param>
    /// <param name="limits">
    /// The job's limits, or its <see cref="JobOptions"/>; <see langword="null"/> for the handler's defaults. An option that has no effect
    /// without a pool is refused by a handler.
    /// </param>
    /// <param name="cancellationToken">Kills the job when cancelled; the outcome is then <see cref="JobKilled"/>.</param>
    /// <exception cref="ArgumentException">The function or a limit is invalid; nothing was started.</exception>
    /// <exception cref="ObjectDisposedException">The handler was disposed.</exception>
    Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);
}
