using System.Collections.Concurrent;
using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// The calls that a node knows: those that run, outcomes that their callers may not have, and calls that other nodes are being asked to
/// accept. It also has the calls that it refuses, because their callers have given them up before they arrived.
/// </summary>
/// <param name="capacity">Counts what is held for calls.</param>
internal sealed class CallTable(NodeCapacity capacity)
{
    private readonly ConcurrentDictionary<CallId, Call> calls = new();
    private readonly ConcurrentDictionary<CallId, TaskCompletionSource> offers = new();
    private readonly Lock gate = new();
    private readonly BoundedHistory<CallId, bool> refused = new(Tuning.Calls.MaxRefused);
    private readonly Queue<Call> delivered = new();
    private long deliveredBytes;

    public IEnumerable<Call> All => calls.Values;

    public Call? Find(CallId id) => calls.GetValueOrDefault(id);

    /// <summary>
    /// Other nodes are being asked to accept a call. In this time neither they nor this node may have it in their tables, but it is not
    /// lost.
    /// </summary>
    public void BeginOffer(CallId id) => offers.TryAdd(id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>The offer has ended: another node has accepted the call, or none has.</summary>
    public void EndOffer(CallId id)
    {
        if (offers.TryRemove(id, out var offer))
            offer.SetResult();
    }

    /// <summary>Completes when an offer has ended; <see langword="null"/> if the call is not being offered.</summary>
    public Task? OfferOf(CallId id) => offers.TryGetValue(id, out var offer) ? offer.Task : null;

    /// <summary>Whether other nodes are being asked to accept a call that is not known here.</summary>
    public bool IsOffered(CallId id) => OfferOf(id) is not null && Find(id) is null;

    /// <summary>Enters a call; returns <see langword="false"/> if it is refused or known already.</summary>
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

    /// <summary>Returns the call if it is known. Otherwise the node refuses it from now on, should it arrive.</summary>
    public Call? FindOrRefuse(CallId id)
    {
        lock (gate)
            refused.Set(id, true);
        return Find(id);
    }

    /// <summary>The call's outcome was sent to its caller: it is kept for a while, as long as there is room.</summary>
    public void Delivered(Call call)
    {
        lock (gate)
        {
            if (call.IsDelivered)
                return;
            call.IsDelivered = true;
            capacity.LetGo(call.HeldBytes); // delivered outcomes have a separate limit
            delivered.Enqueue(call);
            deliveredBytes += call.HeldBytes;
            // Always keep the last one, however large: it may have to be sent again.
            while (delivered.Count > Tuning.Calls.MaxDelivered || (deliveredBytes > Tuning.Calls.MaxDeliveredBytes && delivered.Count > 1))
            {
                var oldest = delivered.Dequeue();
                deliveredBytes -= oldest.HeldBytes;
                calls.TryRemove(oldest.Id, out _);
            }
        }
    }

    /// <summary>Ends long polls and silent callers' jobs; see <see cref="Call.Sweep"/>.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="unresponsive">For how many ticks this node was unresponsive since the last sweep.</param>
    public void Sweep(long now, long unresponsive)
    {
        foreach (var call in calls.Values)
        {
            if (call.Sweep(now, unresponsive) && calls.TryRemove(call.Id, out _))
                Forget(call);
        }
    }

    /// <summary>Drops values that their callers have not asked for lately, the oldest first, until there is room for a payload.</summary>
    /// <param name="bytes">How much room is needed.</param>
    /// <param name="instead">Returns the new outcome of a call whose value is dropped.</param>
    /// <returns>Whether there is room now; it is already taken then.</returns>
    public bool TryMakeRoom(long bytes, Func<Call, EncodedOutcome> instead)
    {
        foreach (var call in calls
                .Values.Where(static call => call is { IsLeft: true, IsDelivered: false, HeldBytes: >= Tuning.Calls.LargeValue })
                .OrderBy(static call => call.EndedAt)
                .ToList())
        {
            Drop(call, instead(call));
            if (capacity.TryHold(bytes) is null)
                return true;
        }

        return false;
    }

    private void Drop(Call call, EncodedOutcome outcome)
    {
        lock (gate)
        {
            if (call.IsDelivered)
                return;
            capacity.LetGo(call.HeldBytes);
            call.Replace(outcome);
            capacity.Hold(call.HeldBytes = outcome.KeptBytes);
        }
    }

    /// <summary>The call was removed, and its caller never fetched its outcome.</summary>
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
