using System.Collections.Concurrent;
using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// The calls that a node knows: those that run, endings that their callers may not have got, and those that other nodes are being asked to take. And those that it
/// refuses, because their caller has given them up before they arrived.
/// </summary>
/// <param name="capacity">Counts what is held for calls.</param>
internal sealed class CallTable(NodeCapacity capacity)
{
    /// <summary>So many delivered endings are kept, in case the delivery was lost on the way, and so many bytes of them.</summary>
    private const int MaxDelivered = 4_096;
    private const int MaxDeliveredBytes = 16 << 20;

    /// <summary>Smaller ones are not worth looking for.</summary>
    private const int LeastToDrop = 1 << 16;

    private readonly ConcurrentDictionary<CallId, Call> calls = new();
    private readonly ConcurrentDictionary<CallId, TaskCompletionSource> offers = new();
    private readonly Lock gate = new();
    private readonly BoundedHistory<CallId, bool> refused = new(16_384);
    private readonly Queue<Call> delivered = new();
    private long deliveredBytes;

    public IEnumerable<Call> All => calls.Values;

    public Call? Find(CallId id) => calls.GetValueOrDefault(id);

    /// <summary>Other nodes are asked to take a call. Neither they nor this one may have it in their tables meanwhile, but it is not lost.</summary>
    public void BeginOffer(CallId id) => offers.TryAdd(id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>One of them has taken it, or none has.</summary>
    public void EndOffer(CallId id)
    {
        if (offers.TryRemove(id, out var offer))
            offer.SetResult();
    }

    /// <summary>Completes when an offer is over; <see langword="null"/> where the call is not being offered.</summary>
    public Task? OfferOf(CallId id) => offers.TryGetValue(id, out var offer) ? offer.Task : null;

    /// <summary>Enters a call; <see langword="false"/> if it is refused or known already.</summary>
    public bool TryAdd(Call call)
    {
        if (!calls.TryAdd(call.Id, call))
            return false;
        lock (gate)
        {
            if (!refused.TryGet(call.Id, out _))
                return true;
        }

        calls.TryRemove(call.Id, out _);
        return false;
    }

    /// <summary>The call, or none, and then it will be refused should it come.</summary>
    public Call? FindOrRefuse(CallId id)
    {
        lock (gate)
            refused.Set(id, true);
        return Find(id);
    }

    /// <summary>The call's ending was sent to its caller: it is kept for a while, as long as there is room.</summary>
    public void Delivered(Call call)
    {
        lock (gate)
        {
            if (call.IsDelivered)
                return;
            call.IsDelivered = true;
            capacity.LetGo(call.HeldBytes); // what was delivered has a limit of its own
            delivered.Enqueue(call);
            deliveredBytes += call.HeldBytes;
            while (delivered.Count > MaxDelivered || (deliveredBytes > MaxDeliveredBytes && delivered.Count > 1)) // the last one, however large, may have to be sent again
            {
                var oldest = delivered.Dequeue();
                deliveredBytes -= oldest.HeldBytes;
                calls.TryRemove(oldest.Id, out _);
            }
        }
    }

    /// <summary>Ends what lasts too long; see <see cref="Call.Sweep"/>.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="stoodStill">For how many ticks of it this node has stood still since the last sweep.</param>
    public void Sweep(long now, long stoodStill)
    {
        foreach (var call in calls.Values)
        {
            if (call.Sweep(now, stoodStill) && calls.TryRemove(call.Id, out _))
                Forget(call);
        }
    }

    /// <summary>Drops values that nobody has asked for lately, the oldest first, until there is room for one.</summary>
    /// <param name="bytes">How much is needed.</param>
    /// <param name="instead">What becomes of a call whose value is dropped.</param>
    /// <returns>Whether there is room now: it is taken then.</returns>
    public bool TryMakeRoom(long bytes, Func<Call, JobEnding> instead)
    {
        foreach (var call in calls.Values.Where(static call => call is { IsLeft: true, IsDelivered: false, HeldBytes: >= LeastToDrop }).OrderBy(static call => call.EndedAt).ToList())
        {
            Drop(call, instead(call));
            if (capacity.TryHold(bytes) is null)
                return true;
        }

        return false;
    }

    private void Drop(Call call, JobEnding ending)
    {
        lock (gate)
        {
            if (call.IsDelivered)
                return;
            capacity.LetGo(call.HeldBytes);
            call.Replace(ending);
            capacity.Hold(call.HeldBytes = ending.KeptBytes);
        }
    }

    /// <summary>It was removed, and its caller never came for its ending.</summary>
    private void Forget(Call call)
    {
        lock (gate)
        {
            if (call.IsDelivered)
                return;
            call.IsDelivered = true;
            capacity.LetGo(call.HeldBytes);
        }
    }
}
