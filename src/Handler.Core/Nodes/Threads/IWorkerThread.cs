namespace Handler.Nodes;

/// <summary>
/// What serves one worker process. <see cref="ThreadStarter"/> gives it a thread, and another one if the first is held up.
/// </summary>
internal interface IWorkerThread
{
    /// <summary>The name of such a thread.</summary>
    const string Name = "Handler worker";

    /// <summary>Starts the process and serves it until it has exited. Runs on the worker's own thread.</summary>
    void Run();

    /// <summary>Called when the system refused a thread or a process for the worker.</summary>
    void CannotStart(string reason);

    /// <summary>Serves the worker until it has exited, or another thread has taken it over. Runs on the worker's own thread.</summary>
    void ContinueServing();

    /// <summary>Does what can be done without waiting. Runs on a thread that serves other workers too.</summary>
    /// <returns>Whether there will be more to do.</returns>
    bool ServeWithoutWaiting();
}
