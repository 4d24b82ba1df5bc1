using System.Diagnostics;

namespace Handler;

/// <summary>The cancellation of a job's token. It runs the callbacks that the job has registered: on the thread pool, or on a thread of its own where the job keeps that busy.</summary>
internal sealed class CancelRequest(CancellationTokenSource source) : IThreadPoolWorkItem
{
    /// <summary>A thread pool that has not begun with it by then is taken to be full.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly long start = Stopwatch.GetTimestamp();
    private int begun;

    public bool IsLate => Volatile.Read(ref begun) == 0 && Stopwatch.GetElapsedTime(start) > Patience;

    /// <summary>Where the thread pool is refused a thread it has the request all the same.</summary>
    public void Queue() => UnlessRefused(() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false));

    /// <summary>Where the thread is refused the thread pool may still come to it. If not, the grace ends with the kill.</summary>
    public void RunApart() => UnlessRefused(() => new Thread(Execute) { IsBackground = true, Name = "Handler cancel" }.Start());

    public void Execute()
    {
        if (Interlocked.Exchange(ref begun, 1) != 0)
            return;
        try
        {
            source.Cancel();
        }
        catch (AggregateException exception)
        {
            // What is called back is the job's code. Its caller cancelled, and has nobody to throw at; so the job's output tells of it.
            foreach (var thrown in exception.InnerExceptions)
                Console.Error.WriteLine($"A callback of the job's cancellation token threw an exception: {ExceptionText.Of(thrown).Text}");
        }
    }

    private static void UnlessRefused(Action start)
    {
        try
        {
            start();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
        }
    }
}
