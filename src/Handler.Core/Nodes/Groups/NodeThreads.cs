using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// The node's own threads besides the watchdog: one starts threads and fires timers, one delivers outcomes, one sends large requests. They
/// are started with the node, so that nothing later depends on getting a thread.
/// </summary>
internal sealed class NodeThreads
{
    private readonly DispatcherLog log;

    /// <exception cref="IOException">The operating system refused a resource.</exception>
    public NodeThreads(IPlatform platform, DispatcherLog log)
    {
        this.log = log;
        Starter = new ThreadStarter(platform, log.HelperFailed);
        Outcomes = new OutcomeThread(platform, DeliveryFailed);
        LargeSends = new LargeSends(platform, log.HelperFailed);
    }

    public ThreadStarter Starter { get; }

    /// <summary>Delivers the outcomes whose callers' code would otherwise run on the delivering thread.</summary>
    public OutcomeThread Outcomes { get; }

    public LargeSends LargeSends { get; }

    /// <exception cref="IOException">The operating system refused a thread.</exception>
    public void Start()
    {
        Starter.Start();
        Outcomes.Start();
        LargeSends.Start();
    }

    /// <summary>Ends the threads. Call only when the node is closed and nothing wakes them any longer.</summary>
    public void End()
    {
        Starter.End();
        Outcomes.End();
        LargeSends.End();
    }

    /// <summary>
    /// Called when an outcome is set, but queuing its caller's code threw because the thread pool was refused a thread. The code is in the
    /// queue anyway.
    /// </summary>
    public void DeliveryFailed(Exception exception)
    {
        if (exception is OutOfMemoryException)
            Starter.ThreadPoolWasRefused();
        log.ReleaseFailed(exception);
    }
}
