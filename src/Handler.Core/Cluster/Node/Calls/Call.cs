using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A node's record of one call: the poll that waits for its reply, how far it has progressed, and how to stop it.</summary>
internal sealed class Call(JobRequest request, NodeId node, TimeProvider time) : ILeaseRunner
{
    private readonly Lock gate = new();
    private readonly long arrivedAt = time.GetTimestamp();
    private CallState state = CallState.Asking;
    private JobId? job;
    private EncodedOutcome? outcome;
    private CallReply? moved;
    private TaskCompletionSource<CallReply>? poll;
    private ICallListener? listener;
    private bool replyWhenAdmitted = request.ReplyWhenAdmitted;
    private bool detached;
    private long heardAt = time.GetTimestamp();
    private long endedAt; // or when a part of its value was last fetched
    private StopRequest? stopped;
    private Action<StopRequest>? onStop;

    /// <summary>What to run, and how. The function, which may be large, is dropped when the job has ended.</summary>
    public JobRequest Request { get; private set; } = request;

    public CallId Id => Request.Call;

    /// <summary>The bytes that are held here for the call: of its request while it waits or runs, then of its outcome.</summary>
    public long HeldBytes { get; set; } = request.HeldBytes;

    /// <summary>When it ended, or when a part of its value was last fetched: a timestamp.</summary>
    public long EndedAt => Volatile.Read(ref endedAt);

    /// <summary>Whether it has ended and its caller has not asked for it for <see cref="NodeTimings.CallerSilence"/>.</summary>
    public bool IsLeft => HasEnded && time.GetElapsedTime(HeardAt) > NodeTimings.CallerSilence;

    /// <summary>How much of its time to wait for its pool is left.</summary>
    public TimeSpan WaitLeft
    {
        get
        {
            var left = Request.Options.Wait - time.GetElapsedTime(arrivedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Its place in the node's capacity, if it has one.</summary>
    public JobId? Place { get; set; }

    /// <summary>Whether it occupies part of the node's capacity.</summary>
    public bool HasRoom => Place is not null;

    /// <summary>Its place among those that wait for a place in the node's capacity, if it does.</summary>
    public RoomWaiter? RoomWaiter { get; set; }

    /// <summary>Whether its outcome was sent to its caller; maintained by the <see cref="CallTable"/>.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>Why it was stopped, if it was.</summary>
    public JobKilled? Stopped => stopped?.Why;

    /// <summary>Whether nothing of it is left to do here.</summary>
    public bool HasEnded => outcome is not null || moved is not null;

    /// <summary>Whether it has ended, and its caller, which was there a moment ago, does not have all of the outcome.</summary>
    public bool IsAwaited => HasEnded && !IsDelivered && time.GetElapsedTime(HeardAt) < NodeTimings.CallerSilence;

    /// <summary>When its caller was last heard of, a timestamp.</summary>
    private long HeardAt => Math.Max(Volatile.Read(ref heardAt), Volatile.Read(ref listener)?.HeardAt ?? 0);

    /// <summary>Completes when the call makes progress, or at the next <see cref="Sweep"/> after the time of a long poll.</summary>
    public Task<CallReply> ListenAsync()
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            if (HasEnded || (state == CallState.Admitted && replyWhenAdmitted))
            {
                replyWhenAdmitted = false; // the caller gets it now; after that only the end is news
                return Task.FromResult(Reply());
            }

            // Only this node's own code completes it, and that code only forwards the reply.
            poll ??= new TaskCompletionSource<CallReply>();
            return poll.Task;
        }
    }

    /// <summary>From now on a listener is told of the call's progress: immediately if there is news.</summary>
    public void TellTo(ICallListener to)
    {
        CallReply reply;
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            listener = to;
            if (!HasEnded && !(state == CallState.Admitted && replyWhenAdmitted))
                return;
            replyWhenAdmitted = false;
            reply = Reply();
        }

        to.Tell(Id, reply);
    }

    /// <summary>The part of its value that begins at an offset; empty if there is none.</summary>
    /// <param name="offset">How many bytes its caller has.</param>
    /// <param name="hasAll">Whether the caller has all of the value.</param>
    public ValuePart Fetch(int offset, out bool hasAll)
    {
        lock (gate)
        {
            heardAt = endedAt = time.GetTimestamp(); // a caller that fetches is alive, however long it takes
            hasAll = outcome is { } complete && offset >= complete.Value.Length;
            return new ValuePart(outcome is not null && !hasAll && offset >= 0 ? ValuePart.Of(outcome.Value, offset) : default);
        }
    }

    /// <summary>Returns immediately how far the call is.</summary>
    public CallReply Peek()
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            return Reply();
        }
    }

    /// <summary>Sets what happens when the call is stopped. If it was stopped already, that happens immediately.</summary>
    public void OnStop(Action<StopRequest>? action)
    {
        StopRequest? already;
        lock (gate)
        {
            onStop = action;
            already = stopped;
        }

        if (already is not null)
            action?.Invoke(already);
    }

    /// <summary>
    /// Stops the call, unless it has ended. The first reason counts, but an immediate stop overrides one that leaves the job some time.
    /// </summary>
    public void Stop(StopRequest stop)
    {
        Action<StopRequest>? action;
        lock (gate)
        {
            if (HasEnded || stopped is { Immediately: true } || (stopped is not null && !stop.Immediately))
                return;
            stopped = stop;
            action = onStop;
        }

        action?.Invoke(stop);
    }

    /// <summary>From now on the call continues even if its caller stops asking for it.</summary>
    public void Detach() => Volatile.Write(ref detached, true);

    public void Admit(JobId? id)
    {
        TaskCompletionSource<CallReply>? told;
        CallReply reply;
        lock (gate)
        {
            state = CallState.Admitted;
            job = id;
            if (!replyWhenAdmitted || (poll is null && listener is null))
                return;
            replyWhenAdmitted = false;
            (told, poll, reply) = (poll, null, Reply());
            heardAt = time.GetTimestamp();
        }

        told?.SetResult(reply);
        listener?.Tell(Id, reply);
    }

    /// <summary>The job has ended; its share has been released by now.</summary>
    public void End(EncodedOutcome how) => End(how, null);

    /// <summary>Another node has the call. A caller that polls here gets that node's reply, and polls there from then on.</summary>
    public void MoveTo(CallReply there) => End(null, there);

    private void End(EncodedOutcome? how, CallReply? there)
    {
        TaskCompletionSource<CallReply>? told;
        CallReply reply;
        var now = time.GetTimestamp();
        lock (gate)
        {
            (state, outcome, moved, endedAt) = (CallState.Ended, how, there, now);
            Request = Request with { Function = default };
            (told, poll, reply) = (poll, null, Reply());
        }

        told?.SetResult(reply);
        listener?.Tell(Id, reply);
    }

    /// <summary>Replaces the outcome, and with it the value.</summary>
    public void Replace(EncodedOutcome how)
    {
        lock (gate)
            outcome = how;
    }

    /// <summary>Ends a long poll that has lasted its time, and stops the job of a caller that has been silent for too long.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="unresponsive">For how many ticks the node was unresponsive since the last sweep. It has not read yet what callers have
    /// sent meanwhile, so this time does not count as silence.</param>
    /// <returns>Whether the call may be forgotten, because its caller will not come for it.</returns>
    public bool Sweep(long now, long unresponsive)
    {
        TaskCompletionSource<CallReply>? told = null;
        CallReply? reply = null;
        var silent = false;
        lock (gate)
        {
            heardAt = Math.Min(now, heardAt + unresponsive);
            if (HasEnded)
                return time.GetElapsedTime(endedAt, now) > NodeTimings.OutcomeKept + time.GetElapsedTime(0, unresponsive);
            var elapsed = time.GetElapsedTime(HeardAt, now);
            if (poll is not null)
            {
                if (elapsed >= NodeTimings.LongPoll)
                {
                    (told, poll, reply) = (poll, null, Reply());
                    heardAt = now;
                }
            }
            else
            {
                silent = !detached && elapsed > NodeTimings.CallerSilence;
            }
        }

        told?.SetResult(reply!);
        if (silent)
            Stop(new StopRequest(CallerGone(), Immediately: true));
        return false;
    }

    private static JobKilled CallerGone() => new(
        KillCause.CallerGone,
        $"The caller has not asked for the job for {NodeTimings.CallerSilence.TotalSeconds:0} s: it is considered gone");

    private CallReply Reply()
        => moved
        ?? (
            outcome is { } complete && ValuePart.Of(complete.Value, 0) is var first && first.Length < complete.Value.Length
                ? new(state, node, job, complete with { Value = first }, complete.Value.Length - first.Length)
                : new(state, node, job, outcome));
}
