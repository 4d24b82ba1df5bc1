namespace Handler.Hosting;

/// <summary>Runs jobs on a handler or pool that may not have started yet.</summary>
internal static class StartedRunner
{
    /// <summary>
    /// Runs a function once its runner has started. If the caller cancels before that, it gets the same outcome as after the start.
    /// </summary>
    /// <param name="starting">Waits for the runner; cancelled by the token.</param>
    /// <param name="function">The function to run.</param>
    /// <param name="limits">The job's limits.</param>
    /// <param name="cancellationToken">Ends the wait for the runner, and kills the job.</param>
    public static async Task<JobOutcome<T>> RunAsync<TRunner, T>(
        Task<TRunner> starting, JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        where TRunner : IJobRunner
    {
        TRunner runner;
        try
        {
            runner = await starting.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return JobOutcome.FromFailure<T>(JobKilled.CallerCancelled(cancellationToken));
        }

        return await runner.RunAsync(function, limits, cancellationToken).ConfigureAwait(false);
    }
}
