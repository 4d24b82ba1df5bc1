using Handler.FairShare;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// Which node runs a job: whether this one accepts it and has room for it, and which others may take it. Also hands jobs over.
/// </summary>
internal sealed class Placement(NodeId node, NodeCapacity capacity, IOtherNodes others, TimeProvider time)
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PoolPaths paths = new();
    private volatile bool accepts;
    private long lastEnd = time.GetTimestamp();

    /// <summary>Whether this node accepts jobs.</summary>
    public bool Accepts => accepts;

    /// <summary>Completes when this node has accepted jobs for the first time, or never will.</summary>
    public Task Opened => opened.Task;

    /// <summary>Whether another node accepts jobs.</summary>
    public bool OthersAccept => others.Loads.Any(static load => load.Accepts);

    /// <summary>How much room there is, published to the other nodes.</summary>
    public NodeLoad Load => new(node, capacity.FreeWorkers, capacity.FreeBytes, accepts, capacity.MaxBytes, capacity.FreePlaces);

    /// <summary>Starts accepting jobs.</summary>
    public void Open()
    {
        accepts = true;
        opened.TrySetResult();
    }

    /// <summary>Stops accepting jobs.</summary>
    public void Close()
    {
        accepts = false;
        opened.TrySetResult();
    }

    /// <summary>
    /// Whether a job of this function should run elsewhere: a slow one should not wait here while workers are free there, and neither
    /// should a quick one if nothing has ended here for a while.
    /// </summary>
    public bool IsCrowdedFor(FunctionRunTimes runTimes)
        => capacity.FreeWorkers <= 0 && (runTimes.IsSlow || time.GetElapsedTime(Volatile.Read(ref lastEnd)) > Tuning.Calls.SlowAfter);

    /// <summary>Whether a job of this size finds no memory here at this moment.</summary>
    public bool LacksMemoryFor(long bytes) => capacity.FreeBytes < bytes;

    /// <summary>Whether another node to which a call may be handed over seems to have room for it at this moment.</summary>
    public bool OthersMayHaveRoomFor(JobRequest request)
    {
        var bytes = request.Options.MaxHeapBytes;
        return !request.HandedOver && others.Loads.Any(load => load.Accepts && load.FreeBytes >= bytes && load.FreePlaces > 0);
    }

    /// <summary>Why a job can never run on this node, even if nothing else runs.</summary>
    public JobRejected? WhyNeverHere(JobRequest request)
    {
        var needed = NodeCapacity.NeededFor(request);
        return needed > capacity.MaxBytes
            ? new JobRejected(null, RejectReason.InsufficientMemory, needed, capacity.Bytes, capacity.MaxBytes)
            : null;
    }

    /// <summary>
    /// Why a job can never run on any live node, with the numbers of the largest; <see langword="null"/> if there is a node on which it
    /// can.
    /// </summary>
    public JobRejected? WhyNowhere(JobRequest request)
    {
        if (WhyNeverHere(request) is not { } here)
            return null;
        var largest = request.HandedOver ? default : others.Living.DefaultIfEmpty().MaxBy(static load => load.MaxBytes);
        if (largest.MaxBytes >= here.Requested)
            return null;
        return largest.MaxBytes > here.Limit ? here with { Used = largest.MaxBytes - largest.FreeBytes, Limit = largest.MaxBytes } : here;
    }

    /// <summary>The reject of a node that accepts no jobs.</summary>
    public JobRejected TakesNoMore()
        => new(null, RejectReason.NoWorkersAvailable, 1, capacity.Jobs, accepts ? capacity.MaxJobs : 0);

    /// <summary>Counts a call in the node's capacity, unless it counts there already. Returns the reject if it does not fit.</summary>
    /// <param name="call">The call.</param>
    /// <param name="leased">The path by which it was admitted; <see langword="null"/> if it has no lease.</param>
    public JobRejected? TakeRoom(Call call, PoolPath? leased)
    {
        var path = paths.Of(call.Request.Pool, leased);
        if (call.HasRoom)
            return null;
        if (capacity.TryTake(call.Request.Options.MaxHeapBytes, call.Request.Options.Priority, path, out var place) is { } full)
            return full;
        call.Place = place;
        return null;
    }

    /// <summary>
    /// Lets a call that found no room wait for its turn. Until <see cref="LeaveQueue"/> it is not known whether it has got room.
    /// </summary>
    /// <inheritdoc cref="TakeRoom"/>
    public RoomWaiter WaitForRoom(Call call, PoolPath? leased)
    {
        var options = call.Request.Options;
        return call.RoomWaiter = capacity.Wait(options.MaxHeapBytes, options.Priority, paths.Of(call.Request.Pool, leased));
    }

    /// <summary>Ends the waiting of a call for room, if it waits. Then <see cref="Call.HasRoom"/> says whether it has got some.</summary>
    public void LeaveQueue(Call call)
    {
        if (call.RoomWaiter is not { } waiter)
            return;
        call.RoomWaiter = null;
        call.Place = capacity.Leave(waiter);
    }

    /// <summary>The call no longer counts in the node's capacity, and waits for no room.</summary>
    public void GiveRoom(Call call)
    {
        LeaveQueue(call);
        if (call.Place is not { } place)
            return;
        call.Place = null;
        capacity.Give(place);
        Volatile.Write(ref lastEnd, time.GetTimestamp());
    }

    /// <summary>
    /// Asks other nodes to accept a call, the one with the most room first. Returns the reply of the node that has accepted it;
    /// <see langword="null"/> if none has. A call that was handed over is not handed over again.
    /// </summary>
    /// <param name="request">The call.</param>
    /// <param name="freeWorkersOnly">Whether only nodes that could run it immediately are asked.</param>
    public async Task<CallReply?> HandOverAsync(JobRequest request, bool freeWorkersOnly)
    {
        if (request.HandedOver)
            return null;
        foreach (var other in Candidates(others.Loads, request.Options.MaxHeapBytes, NodeCapacity.NeededFor(request), freeWorkersOnly))
        {
            var reply = await others.SubmitAsync(other, request with { HandedOver = true }).ConfigureAwait(false);
            if (reply.Outcome?.Failure is not JobRejected { Pool: null })
                return reply;
        }

        return null;
    }

    /// <summary>
    /// The nodes to ask to accept a job, the one with the most room first. Published loads are some 100 ms old, so if the job would be
    /// rejected otherwise, a few nodes that seemed full are asked as well.
    /// </summary>
    /// <param name="loads">The published loads of the other nodes.</param>
    /// <param name="bytes">How much memory the job reserves.</param>
    /// <param name="needed">How much memory a node must have in total to run it.</param>
    /// <param name="freeWorkersOnly">Whether only nodes that could run it immediately are asked.</param>
    public static IEnumerable<NodeId> Candidates(IEnumerable<NodeLoad> loads, long bytes, long needed, bool freeWorkersOnly)
    {
        var able = loads.Where(load => load.Accepts && load.MaxBytes >= needed)
            .OrderByDescending(load => load.FreeBytes >= bytes)
            .ThenByDescending(static load => load.FreeWorkers)
            .ToList();
        var roomy = able.Count(load => load.FreeBytes >= bytes && (!freeWorkersOnly || load.FreeWorkers > 0));
        return able.Take(freeWorkersOnly ? roomy : roomy + Tuning.Calls.MaxFullAsked).Select(static load => load.Node);
    }
}
