using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// The node's own limit, regardless of the pools: how many jobs and bytes it accepts, including jobs that wait for a worker. It is kept
/// like that of a pool, so those that wait for room here get it fairly, see <see cref="WaitQueue"/>. Thread-safe.
/// </summary>
internal sealed class NodeCapacity
{
    private readonly Lock gate = new();
    private readonly PoolState room = new("");
    private readonly int workers;
    private ulong lastPlace;
    private long held;

    /// <param name="workers">How many jobs may run at the same time.</param>
    /// <param name="queued">How many more may wait for a worker.</param>
    /// <param name="bytes">How many bytes all of them may reserve in total, including large payloads.</param>
    /// <param name="payloads">How many bytes of payloads may be held in total: requests of jobs that wait or run, and outcomes that their
    /// callers do not have yet.</param>
    public NodeCapacity(int workers, int queued, long bytes, long payloads)
    {
        this.workers = workers;
        MaxPayloads = payloads;
        room.Apply(new PoolConfiguration { Limits = new PoolLimits(workers + queued, bytes) });
        room.Advance(PoolPhase.Ready);
    }

    public int Jobs => room.Ledger.UsedWorkers;

    public long Bytes => room.Ledger.UsedBytes;

    public int MaxJobs => room.Ledger.Limits.MaxWorkers;

    public long MaxBytes => room.Ledger.Limits.MaxMemoryBytes;

    /// <summary>How many bytes of payloads are held.</summary>
    public long Payloads => Volatile.Read(ref held);

    public long MaxPayloads { get; }

    /// <summary>How many more jobs it accepts.</summary>
    public int FreePlaces => MaxJobs - Jobs;

    /// <summary>How many jobs could start immediately. A negative number is the number of jobs that wait for a worker.</summary>
    public int FreeWorkers => workers - Jobs;

    public long FreeBytes => MaxBytes - Bytes;

    /// <summary>
    /// Takes a place, or returns a reject that names the missing resource. A job that is larger than the whole node is rejected for its
    /// memory, even if no place is free either.
    /// </summary>
    /// <param name="requested">How many bytes it reserves.</param>
    /// <param name="priority">Its priority among the jobs of its pool.</param>
    /// <param name="path">The pools by which it came, if any.</param>
    /// <param name="place">Identifies the place for <see cref="Give"/>.</param>
    public JobRejected? TryTake(long requested, int priority, PoolPath? path, out JobId place)
    {
        lock (gate)
        {
            var request = NewRequest(requested, priority, path);
            place = request.Job;
            var result = room.TryHold(request, 0);
            return result == HoldResult.Held ? null : room.RejectFor(result, request) with { Pool = null };
        }
    }

    /// <summary>Lets a job wait for a place, which it may get immediately. Call <see cref="Leave"/> in any case.</summary>
    /// <inheritdoc cref="TryTake"/>
    public RoomWaiter Wait(long requested, int priority, PoolPath? path)
    {
        lock (gate)
        {
            var waiter = new RoomWaiter(NewRequest(requested, priority, path));
            room.Enqueue(waiter);
            room.GiveRoom(0);
            return waiter;
        }
    }

    /// <summary>Ends the waiting of a job.</summary>
    /// <returns>Its place; <see langword="null"/> if it has got none.</returns>
    public JobId? Leave(RoomWaiter waiter)
    {
        lock (gate)
        {
            room.LeaveQueue(waiter);
            room.GiveRoom(0); // some may have been kept for it
            return waiter.HasRoom ? waiter.Request.Job : null;
        }
    }

    /// <summary>A place is free again.</summary>
    public void Give(JobId place)
    {
        lock (gate)
        {
            room.TryRelease(place, Route.Entry, default, out _);
            room.GiveRoom(0);
        }
    }

    /// <summary>Counts a payload that will be held, or returns the reason why it must not be.</summary>
    public JobRejected? TryHold(long payload)
    {
        var now = Interlocked.Add(ref held, payload);
        if (now > MaxPayloads)
        {
            Interlocked.Add(ref held, -payload);
            return new JobRejected(null, RejectReason.InsufficientMemory, payload, now - payload, MaxPayloads);
        }

        if (payload < Tuning.Calls.LargePayload)
            return null;
        lock (gate)
        {
            if (InMemory(payload) <= FreeBytes)
            {
                room.UseBytes(InMemory(payload));
                return null;
            }
        }

        Interlocked.Add(ref held, -payload);
        return new JobRejected(null, RejectReason.InsufficientMemory, InMemory(payload), Bytes, MaxBytes);
    }

    /// <summary>Counts a payload that must be held even if there is no room.</summary>
    public void Hold(long payload)
    {
        Interlocked.Add(ref held, payload);
        if (payload < Tuning.Calls.LargePayload)
            return;
        lock (gate)
            room.UseBytes(InMemory(payload));
    }

    /// <summary>A payload is no longer held.</summary>
    public void LetGo(long payload)
    {
        Interlocked.Add(ref held, -payload);
        if (payload < Tuning.Calls.LargePayload)
            return;
        lock (gate)
        {
            room.UseBytes(-InMemory(payload));
            room.GiveRoom(0);
        }
    }

    /// <summary>How much of a node's memory a job needs.</summary>
    public static long NeededFor(JobRequest request) => request.Options.MaxHeapBytes + InMemory(request.HeldBytes);

    private static long InMemory(long payload) => payload & ~(Tuning.Calls.LargePayload - 1);

    private AcquireRequest NewRequest(long requested, int priority, PoolPath? path)
        => new() { Job = new JobId(0, ++lastPlace), Node = default, Bytes = requested, Priority = priority, From = path };
}
