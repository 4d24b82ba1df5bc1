using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// The last line, whatever pools believe: so many jobs and so many bytes a node takes, those included that wait for a worker. Asked before any pool
/// is. Safe for any number of threads.
/// </summary>
/// <param name="workers">How many jobs run at once.</param>
/// <param name="queued">How many more may wait for a worker.</param>
/// <param name="bytes">How many bytes all of them may reserve together, large payloads included.</param>
/// <param name="payloads">How many bytes of payloads are held together: requests of jobs that wait or run, and endings that their callers have not got.</param>
internal sealed class NodeCapacity(int workers, int queued, long bytes, long payloads)
{
    /// <summary>Payloads count in the node's memory in whole MiB: the small ones, which most jobs have, are what the silo's own reserve is for.</summary>
    private const long Large = 1 << 20;

    private readonly Lock gate = new();
    private long held;

    public int Jobs { get; private set; }

    public long Bytes { get; private set; }

    public int MaxJobs { get; } = workers + queued;

    public long MaxBytes => bytes;

    /// <summary>How many bytes of payloads are held.</summary>
    public long Payloads => Volatile.Read(ref held);

    public long MaxPayloads => payloads;

    /// <summary>How many jobs more it takes.</summary>
    public int FreePlaces => MaxJobs - Jobs;

    /// <summary>How many jobs could start at once; negative when as many wait.</summary>
    public int FreeWorkers => workers - Jobs;

    public long FreeBytes => bytes - Bytes;

    /// <summary>Takes a place, or says which dimension has none. That a job is larger than the whole node is said first.</summary>
    public Reject? TryTake(long requested)
    {
        lock (gate)
        {
            if (Jobs >= MaxJobs && requested <= bytes)
                return new Reject(NodeActor.NodePool, RejectReason.NoWorkersAvailable, 1, Jobs, MaxJobs);
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

    /// <summary>Counts a payload that is to be held, or says why it must not be.</summary>
    public Reject? TryHold(long payload)
    {
        var now = Interlocked.Add(ref held, payload);
        if (now > payloads)
        {
            Interlocked.Add(ref held, -payload);
            return new Reject(NodeActor.NodePool, RejectReason.InsufficientMemory, payload, now - payload, payloads);
        }

        if (payload < Large)
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

    /// <summary>Counts a payload that must be held, whether or not there is room.</summary>
    public void Hold(long payload)
    {
        Interlocked.Add(ref held, payload);
        if (payload < Large)
            return;
        lock (gate)
            Bytes += InMemory(payload);
    }

    /// <summary>A payload is held no longer.</summary>
    public void LetGo(long payload)
    {
        Interlocked.Add(ref held, -payload);
        if (payload < Large)
            return;
        lock (gate)
            Bytes -= InMemory(payload);
    }

    /// <summary>How much of a node's memory a job takes.</summary>
    public static long NeededFor(JobRequest request) => request.Options.MaxHeapBytes + InMemory(request.HeldBytes);

    private static long InMemory(long payload) => payload & ~(Large - 1);

    private Reject NoMemory(long requested) => new(NodeActor.NodePool, RejectReason.InsufficientMemory, requested, Bytes, bytes);
}
