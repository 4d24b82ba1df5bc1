using Handler.Infrastructure;
namespace Handler.Nodes;

/// <summary>
/// Reads the large results of one worker on a separate thread, so that the worker's thread is free for the worker, however long a result
/// takes. It holds one result at a time: the worker's thread waits before it passes the next, so that results do not pile up. The thread is
/// started on demand, and ends after it was idle for some time.
/// </summary>
/// <param name="start">Starts the thread; throws <see cref="IOException"/> if the system refuses it.</param>
/// <param name="failed">Receives errors in Handler itself, on that thread.</param>
internal sealed class ResultReader(Action<ThreadStart> start, Action<Exception> failed)
{
    public const string ThreadName = "Handler results";

    private readonly object gate = new();
    private Result? next;
    private bool hasThread;

    /// <summary>Takes a result, to read it and to deliver its job's outcome.</summary>
    /// <returns>
    /// Whether it took the result. It does not if the system refuses a thread; then the calling code must read the result.
    /// </returns>
    public bool TryTake(Job job, ReadOnlyMemory<byte> value, JobUsage usage, JobOutput? output)
    {
        lock (gate)
        {
            while (next is not null)
                Monitor.Wait(gate);
            if (!hasThread && !TryStart())
                return false;
            next = new Result(job, value, usage, output);
            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>Waits until the current result is read and its outcome delivered.</summary>
    public void Finish()
    {
        lock (gate)
        {
            while (next is not null)
                Monitor.Wait(gate);
        }
    }

    private bool TryStart()
    {
        try
        {
            start(Run);
            return hasThread = true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Run()
    {
        while (Await() is { } result)
        {
            try
            {
                result.Job.SetValue(result.Value.Span, result.Usage, result.Output);
                result.Job.Release();
            }
            catch (Exception exception)
            {
                failed(exception); // an error in Handler itself must not end the host
            }

            lock (gate)
            {
                next = null;
                Monitor.PulseAll(gate);
            }
        }
    }

    private Result? Await()
    {
        lock (gate)
        {
            while (next is null)
            {
                if (Monitor.Wait(gate, Tuning.Workers.ResultThreadIdle) || next is not null)
                    continue;
                hasThread = false;
                return null;
            }

            return next;
        }
    }

    private sealed record Result(Job Job, ReadOnlyMemory<byte> Value, JobUsage Usage, JobOutput? Output);
}
