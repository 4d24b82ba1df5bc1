namespace Handler.Bench.Groups;

/// <summary>A look at the start of a worker process, which the public API does not give: it only ever shows workers that are ready.</summary>
internal interface IWorkerProbe
{
    /// <summary>Starts one worker, waits until it is ready for a job, and ends it again.</summary>
    /// <returns>The time from spawn to ready.</returns>
    Task<TimeSpan> TimeToReadyAsync(CancellationToken cancellationToken);
}

/// <summary>Where the engine's probe is plugged in.</summary>
internal static class WorkerProbe
{
    /// <summary>
    /// TO BE WIRED to the engine's own way to start a worker. While it is <see langword="null"/>, <c>worker_ready_ms</c>
    /// is left out of the results.
    /// </summary>
    public static IWorkerProbe? Wired => null;
}
