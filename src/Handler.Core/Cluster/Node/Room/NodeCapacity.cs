using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// The node's own limit, regardless of the pools: how many jobs and bytes it accepts, including jobs that wait for a worker. Checked before
/// any pool is asked. Thread-safe.
/// </summary>
/// <param name="workers">How many jobs may run at the same time.</param>
/// <param name="queued">How many more may wait for a worker.</param>
/// <param name="bytes">How many bytes all of them may reserve in total, including large payloads.</param>
/// <param name="payloads">How many bytes of payloads may be held in total: requests of jobs that wait or run, and outcomes that their
/// callers do not have yet.</param>
internal sealed class NodeCapacity(int workers, int queued, long bytes, long payloads)
{
    private readonly Lock gate = new();
    private long held;

    public int Jobs { get; private set; }

    public long Bytes { get; private set; }

    public int MaxJobs { get; } = workers + queued;

    public long MaxBytes => bytes;

    /// <summary>How many bytes of payloads are held.</summary>
    public long Payloads => Volatile.Read(ref held);

    public long MaxPayloads => payloads;

    /// <summary>How many more jobs it accepts.</summary>
    public int FreePlaces => MaxJobs - Jobs;

    /// <summary>How many jobs could start immediately. A negative number is the number of jobs that wait for a worker.</summary>
    public int FreeWorkers => workers - Jobs;

    public long FreeBytes => bytes - Bytes;

    /// <summary>
    /// Takes a place, or returns a reject that names the missing resource. A job that is larger than the whole node is rejected for its
    /// memory, even if no place is free either.
    /// </summary>
    public JobRejected? TryTake(long requested)
    {
        lock (gate)
        {
            if (Jobs >= MaxJobs && requested <= bytes)
                return new JobRejected(null, RejectReason.NoWorkersAvailable, 1, Jobs, MaxJobs);
            if (requested > bytes - Bytes)
                return NoMemory(requested);
            Jobs++;
            Bytes += requested;
            return null;
        }
    }

    /// <summary>Whether there is a place for a job of this size at this moment.</summary>
    public bool HasRoomFor(long requested)
    {
        lock (gate)
            return Jobs < MaxJobs && requested <= bytes - Bytes;
    }

    public void Give(long given)
    {
        lock (gate)
        {
            Jobs--;
            Bytes -= given;
        }
    }

    /// <summary>Counts a payload that will be held, or returns the reason why it must not be.</summary>
    public JobRejected? TryHold(long payload)
    {
        var now = Interlocked.Add(ref held, payload);
        if (now > payloads)
        {
            Interlocked.Add(ref held, -payload);
            return new JobRejected(null, RejectReason.InsufficientMemory, payload, now - payload, payloads);
        }

        if (payload < Tuning.Calls.LargePayload)
            return null;
        lock (gate)
        {
            if (InMemory(payload) <= bytes - Bytes)
            {
                Bytes += InMemory(payload);
                return null;
            }
        }

        Interlocked.Add(ref held, -payload);
        return NoMemory(InMemory(payload));
    }

    /// <summary>Counts a payload that must be held even if there is no room.</summary>
    public void Hold(long payload)
    {
        Interlocked.Add(ref held, payload);
        if (payload < Tuning.Calls.LargePayload)
            return;
        lock (gate)
            Bytes += InMemory(payload);
    }

    /// <summary>A payload is no longer held.</summary>
    public void LetGo(long payload)
    {
        Interlocked.Add(ref held, -payload);
        if (payload < Tuning.Calls.LargePayload)
            return;
        lock (gate)
            Bytes -= InMemory(payload);
    }

    /// <summary>How much of a node's memory a job needs.</summary>
    public static long NeededFor(JobRequest request) => request.Options.MaxHeapBytes + InMemory(request.HeldBytes);

    private static long InMemory(long payload) => payload & ~(Tuning.Calls.LargePayload - 1);

    private JobRejected NoMemory(long requested) => new(null, RejectReason.InsufficientMemory, requested, Bytes, bytes);
}
