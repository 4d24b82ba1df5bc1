using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Completes jobs whose callers' continuations run on the completing thread. They are meant to run inline on the worker's thread (see
/// <see cref="InlineContinuation"/>), but not here: code after an <c>await</c> continues on the thread pool. A caller that blocks is woken
/// directly from here and needs no thread-pool thread.
/// </summary>
internal sealed class OutcomeThread
{
    private readonly ActionThread thread;
    private readonly Action<Exception> failed;

    /// <param name="platform">Starts the thread.</param>
    /// <param name="failed">Receives exceptions. Must not throw.</param>
    public OutcomeThread(IPlatform platform, Action<Exception> failed)
    {
        this.failed = failed;
        thread = new ActionThread(platform, "Handler outcomes", failed);
    }

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start() => thread.Start();

    public bool IsStarted => thread.IsStarted;

    /// <summary>Runs the posted actions on the calling thread.</summary>
    public void DoWaiting() => thread.DoWaiting();

    /// <summary>Ends the thread once the posted actions are done.</summary>
    public void End() => thread.End();

    /// <summary>Posts an action that runs no caller's code.</summary>
    public void Post(Action action)
    {
        thread.Post(action);
        if (thread.IsStuckFor(Tuning.Threads.OutcomePatience))
            HelpOut();
    }

    /// <summary>Completes a job on this thread.</summary>
    public void Complete(Job job) => Post(() =>
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(ThreadPoolContext.Instance);
        try
        {
            job.Complete();
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
            failed(exception); // the thread pool got no thread; this thread still exists and is only late
        }
    }

    /// <summary>
    /// With a context of an unknown type, the runtime queues continuations to the thread pool instead of running them inline.
    /// </summary>
    private sealed class ThreadPoolContext : SynchronizationContext
    {
        public static readonly ThreadPoolContext Instance = new();

        public override void Post(SendOrPostCallback d, object? state)
            => ThreadPool.UnsafeQueueUserWorkItem(static each => each.d(each.state), (d, state), preferLocal: false);

        public override SynchronizationContext CreateCopy() => this;
    }
}
