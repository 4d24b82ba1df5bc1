namespace Handler;

/// <summary>
/// Runs functions in isolated worker processes. <see cref="JobRunnerExtensions"/> has overloads for every kind of function.
/// </summary>
public interface IJobRunner
{
    /// <summary>Runs one function and returns its outcome. Never throws for anything that the function does.</summary>
    /// <param name="function">The function to run.</param>
    /// <param name="limits">The job's limits; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled; the outcome is then <see cref="JobKilled"/>.</param>
    /// <exception cref="ArgumentException">The function or a limit is invalid; nothing was started.</exception>
    /// <exception cref="ObjectDisposedException">The handler was disposed.</exception>
    Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);
}
