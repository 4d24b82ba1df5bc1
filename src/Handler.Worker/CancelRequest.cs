using System.Diagnostics;
using static Handler.WorkerTuning.Loop;

namespace Handler;

/// <summary>
/// Cancels a job's token. The callbacks that the job registered run on the thread pool, or on a separate thread if the job keeps the thread
/// pool busy.
/// </summary>
internal sealed class CancelRequest(CancellationTokenSource source) : IThreadPoolWorkItem
{
    private readonly long start = Stopwatch.GetTimestamp();
    private int begun;

    public bool IsLate => Volatile.Read(ref begun) == 0 && Stopwatch.GetElapsedTime(start).TotalMilliseconds > CancelPatience;

    /// <summary>If the system refuses the thread pool a new thread, the request stays queued.</summary>
    public void Queue() => UnlessRefused(() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false));

    /// <summary>
    /// If the system refuses the thread, the thread pool may still run the request. If it does not, the grace period ends with the kill.
    /// </summary>
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
            // The callbacks are the job's code. The caller has cancelled, so no caller is left to receive the exceptions; they go to the
            // job's output.
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
