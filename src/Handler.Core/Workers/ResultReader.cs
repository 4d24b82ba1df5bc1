namespace Handler.Workers;

/// <summary>
/// Reads the large results of one worker on a thread of its own, so that the worker's thread is there for the worker, whatever a result takes. It keeps no more than one result:
/// who brings the next waits for it, so that results do not pile up. The thread is made when it is needed, and ends when it has not been for some time.
/// </summary>
/// <param name="failed">Is told of a mistake of ours, on the thread of the results.</param>
/// <param name="start">Starts the thread; <see langword="null"/> for the usual way.</param>
internal sealed class ResultReader(Action<Exception> failed, Action<Thread>? start = null)
{
    public const string ThreadName = "Handler results";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly object gate = new();
    private Result? next;
    private bool hasThread;

    /// <summary>Takes a result over, to read it and to give its job's outcome to the caller.</summary>
    /// <returns>Whether it did; not where the system refuses a thread. Then the result is left to the caller of this.</returns>
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

    private bool TryStart()
    {
        try
        {
            var thread = new Thread(Run) { IsBackground = true, Name = ThreadName };
            if (start is null)
                thread.UnsafeStart();
            else
                start(thread);
            return hasThread = true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
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
                failed(exception); // a mistake of ours must not take the host down
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
                if (Monitor.Wait(gate, Idle) || next is not null)
                    continue;
                hasThread = false;
                return null;
            }

            return next;
        }
    }

    private sealed record Result(Job Job, ReadOnlyMemory<byte> Value, JobUsage Usage, JobOutput? Output);
}
