using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Tells outcomes to callers whose code goes on on whatever thread tells them, as it is meant to on the thread of their worker (see <see cref="InlineContinuation"/>). Here it does not:
/// code that awaits goes on on the thread pool. A caller that blocks is woken from here, and needs no thread of the pool.
/// </summary>
internal sealed class OutcomeThread
{
    /// <summary>Code that insists on running here (<see cref="TaskContinuationOptions.ExecuteSynchronously"/>) should take no longer, in ms; the others are then told on the pool.</summary>
    private const int Patience = 20;

    private readonly ActionThread thread;
    private readonly Action<Exception> failed;

    /// <param name="platform">Starts the thread.</param>
    /// <param name="failed">Told of exceptions. Must not throw itself.</param>
    public OutcomeThread(IPlatform platform, Action<Exception> failed)
    {
        this.failed = failed;
        thread = new ActionThread(platform, "Handler outcomes", failed);
    }

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread.Start();

    public bool IsStarted => thread.IsStarted;

    /// <summary>Does what waits, on the thread that calls this.</summary>
    public void DoWaiting() => thread.DoWaiting();

    /// <summary>Lets it end once it has done what waits.</summary>
    public void End() => thread.End();

    /// <summary>Has something done that runs no caller's code.</summary>
    public void Post(Action action)
    {
        thread.Post(action);
        if (thread.IsStuckFor(Patience))
            HelpOut();
    }

    /// <summary>Has an outcome told.</summary>
    /// <param name="complete">Completes a caller's task.</param>
    public void Tell(Action complete) => Post(() =>
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Elsewhere.Instance);
        try
        {
            complete();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    });

    private void HelpOut()
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(static thread => thread.DoWaiting(), thread, preferLocal: false);
        }
        catch (OutOfMemoryException exception)
        {
            failed(exception); // no thread for the pool; the own one is not gone, only late
        }
    }

    /// <summary>With a context of a type that it does not know the runtime queues what awaits to the thread pool instead of running it at once.</summary>
    private sealed class Elsewhere : SynchronizationContext
    {
        public static readonly Elsewhere Instance = new();

        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.UnsafeQueueUserWorkItem(static each => each.d(each.state), (d, state), preferLocal: false);

        public override SynchronizationContext CreateCopy() => this;
    }
}
