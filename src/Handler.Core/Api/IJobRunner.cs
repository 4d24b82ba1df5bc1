namespace Handler;

/// <summary>
/// Runs functions in isolated worker processes. <see cref="JobRunnerExtensions"/> has the calls for every shape of function.
/// </summary>
public interface IJobRunner
{
    /// <summary>Runs one function and answers how it ended. Never throws for anything the function does.</summary>
    /// <param name="function">What to run.</param>
    /// <param name="limits">What it may use; <see langword="null"/> for the handler's defaults.</param>
    /// <param name="cancellationToken">Kills the job when cancelled; its outcome is then <see cref="Killed{T}"/>.</param>
    /// <exception cref="ArgumentException">Function or limits are not usable; nothing was started.</exception>
    /// <exception cref="ObjectDisposedException">The handler is disposed.</exception>
    Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken);
}
