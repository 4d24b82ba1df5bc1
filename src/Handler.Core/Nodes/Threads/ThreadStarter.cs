using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Starts the threads of workers, fires timers, and gives a worker another thread when its own is held up by an inline continuation. If the
/// system refuses that thread, the starter serves the worker itself until there is one: deadlines still hold and outcomes are still
/// delivered, only a little later.
/// </summary>
internal sealed class ThreadStarter
{
    private readonly IPlatform platform;
    private readonly ActionThread thread;
    private readonly List<IWorkerThread> adopted = [];
    private long retryAt;
    private volatile bool poolWasRefused;

    /// <param name="platform">Starts threads.</param>
    /// <param name="failed">Receives exceptions. Must not throw.</param>
    public ThreadStarter(IPlatform platform, Action<Exception> failed)
    {
        this.platform = platform;
        thread = new ActionThread(platform, "Handler starter", failed, Between);
        Timers = new NodeTimers(Wake, failed);
    }

    /// <summary>Timers that fire on the starter's thread.</summary>
    public NodeTimers Timers { get; }

    /// <exception cref="IOException">The operating system refused the starter's own thread.</exception>
    public void Start() => thread.Start();

    /// <summary>Ends the thread once the posted actions are done.</summary>
    public void End() => thread.End();

    /// <summary>Runs an action that starts another thread of the node. It must not throw.</summary>
    public void Post(Action start) => thread.Post(start);

    /// <summary>Starts the thread of a new worker.</summary>
    public void StartNew(IWorkerThread worker) => thread.Post(() =>
    {
        try
        {
            platform.StartThread(IWorkerThread.Name, worker.Run);
        }
        catch (IOException exception)
        {
            worker.CannotStart(exception.Message);
        }
    });

    /// <summary>Gives a worker another thread, because its own has run an inline continuation for too long.</summary>
    public void TakeOver(IWorkerThread worker) => thread.Post(() =>
    {
        if (!TryGiveThread(worker))
            adopted.Add(worker);
    });

    /// <summary>
    /// The system has refused a thread to the thread pool. The thread pool of .NET 10 counts that thread as started anyway and may never
    /// ask for another, so the starter makes it ask once threads are available again.
    /// </summary>
    public void ThreadPoolWasRefused()
    {
        poolWasRefused = true;
        Wake();
    }

    private void Wake() => thread.Post(static () => { });

    private bool TryGiveThread(IWorkerThread worker)
    {
        try
        {
            platform.StartThread(IWorkerThread.Name, worker.ContinueServing);
            return true;
        }
        catch (IOException)
        {
            retryAt = Environment.TickCount64 + Tuning.Threads.RetryInterval;
            return false;
        }
    }

    private int Between()
    {
        if (Environment.TickCount64 >= retryAt)
        {
            if (adopted.Count > 0 && TryGiveThread(adopted[^1]))
                adopted.RemoveAt(adopted.Count - 1);
            if (poolWasRefused)
                TryRepairThreadPool();
        }

        adopted.RemoveAll(static worker => !worker.ServeWithoutWaiting());
        var timer = Timers.FireDue();
        var other = adopted.Count > 0 ? Tuning.Threads.ServeInterval : poolWasRefused ? Tuning.Threads.RetryInterval : Timeout.Infinite;
        return (int)Math.Min((uint)timer, (uint)other); // as unsigned numbers, infinite is the largest
    }

    private void TryRepairThreadPool()
    {
        retryAt = Environment.TickCount64 + Tuning.Threads.RetryInterval;
        try
        {
            platform.StartThread("Handler probe", static () => { }).Join();
            ThreadPool.GetMinThreads(out var workers, out var completions);
            if (ThreadPool.SetMinThreads(workers + 1, completions)) // makes it ask for threads immediately
                ThreadPool.SetMinThreads(workers, completions);
            poolWasRefused = ThreadPool.PendingWorkItemCount > 0;
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            // Still refused; the next round tries again.
        }
    }
}
