using Handler.Platform;
using Handler.Workers;

namespace Handler.Nodes;

/// <summary>
/// Starts the threads of workers, fires timers, and gives a worker another thread when its own stays with a caller. Where the system refuses that one, it looks after the worker itself until
/// there is one: deadlines hold and outcomes come all the same, only a little later.
/// </summary>
internal sealed class ThreadStarter
{
    /// <summary>How often it looks at a worker that it looks after itself, in ms.</summary>
    private const int LookInterval = 2;

    /// <summary>How often it tries again to get a thread, in ms.</summary>
    private const int RetryInterval = 100;

    private readonly IPlatform platform;
    private readonly ActionThread thread;
    private readonly List<WorkerThread> adopted = [];
    private long retryAt;
    private volatile bool poolWasRefused;

    /// <param name="platform">Starts threads.</param>
    /// <param name="failed">Told of exceptions. Must not throw itself.</param>
    public ThreadStarter(IPlatform platform, Action<Exception> failed)
    {
        this.platform = platform;
        thread = new ActionThread(platform, "Handler starter", failed, Between);
        Timers = new NodeTimers(Wake, failed);
    }

    /// <summary>Timers that fire on its thread.</summary>
    public NodeTimers Timers { get; }

    /// <exception cref="IOException">The operating system refused its own thread.</exception>
    public void Start() => thread.Start();

    /// <summary>Lets it end once it has done what waits.</summary>
    public void End() => thread.End();

    /// <summary>Runs what starts another thread of the node. It must not throw.</summary>
    public void Post(Action start) => thread.Post(start);

    /// <summary>Starts the thread of a new worker.</summary>
    public void StartNew(WorkerThread worker) => thread.Post(() =>
    {
        try
        {
            platform.StartThread(WorkerThread.Name, worker.Run);
        }
        catch (IOException refused)
        {
            worker.CannotStart(refused.Message);
        }
    });

    /// <summary>Gives a worker another thread: its own has been with a caller for too long.</summary>
    public void TakeOver(WorkerThread worker) => thread.Post(() =>
    {
        if (!TryGiveThread(worker))
            adopted.Add(worker);
    });

    /// <summary>
    /// The system has refused the thread pool a thread. The pool of .NET 10 counts that thread as started all the same and may never ask for another: it has to be told to
    /// once there are threads again.
    /// </summary>
    public void ThreadPoolWasRefused()
    {
        poolWasRefused = true;
        Wake();
    }

    private void Wake() => thread.Post(static () => { });

    private bool TryGiveThread(WorkerThread worker)
    {
        try
        {
            platform.StartThread(WorkerThread.Name, worker.GoOn);
            return true;
        }
        catch (IOException)
        {
            retryAt = Environment.TickCount64 + RetryInterval;
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

        adopted.RemoveAll(static worker => !worker.ServeWhatIsThere());
        var timer = Timers.FireDue();
        var other = adopted.Count > 0 ? LookInterval : poolWasRefused ? RetryInterval : Timeout.Infinite;
        return (int)Math.Min((uint)timer, (uint)other); // as unsigned numbers, infinite is the largest
    }

    private void TryRepairThreadPool()
    {
        retryAt = Environment.TickCount64 + RetryInterval;
        try
        {
            platform.StartThread("Handler probe", static () => { }).Join();
            ThreadPool.GetMinThreads(out var workers, out var completions);
            if (ThreadPool.SetMinThreads(workers + 1, completions)) // makes it ask for threads at once
                ThreadPool.SetMinThreads(workers, completions);
            poolWasRefused = ThreadPool.PendingWorkItemCount > 0;
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            // Still none: it is tried again.
        }
    }
}
