using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>Accepts the calls that arrive at a node, or hands them over to another one.</summary>
internal sealed class CallIntake(
    NodeId node,
    int maxPayloadBytes,
    Placement placement,
    NodeCapacity capacity,
    CallTable calls,
    ResponsivenessCheck responsiveness,
    CallRunner runner,
    TimeProvider time)
{
    private readonly RunTimesOfFunctions functions = new();

    /// <inheritdoc cref="ClusterNode.SubmitAsync"/>
    public async Task<CallReply> SubmitAsync(JobRequest request)
    {
        try
        {
            return await RunAsync(request).ConfigureAwait(false);
        }
        finally
        {
            calls.EndOffer(request.Call);
        }
    }

    /// <summary>The same, but tells a listener of the call's progress. Completes when this node or another one has the call.</summary>
    public async Task SubmitAsync(JobRequest request, ICallListener listener)
    {
        try
        {
            var runTimes = functions.Of(request.Function.Span);
            var (call, reply) = await HoldAsync(request, runTimes).ConfigureAwait(false);
            if (call is null)
            {
                listener.Tell(request.Call, reply!);
                return;
            }

            call.TellTo(listener);
            runner.Run(call, new EncodedFunction(request.Function, runTimes));
        }
        finally
        {
            calls.EndOffer(request.Call);
        }
    }

    /// <summary>
    /// Returns the reply to the caller. If this node has nothing more to report about the call, its outcome counts as delivered.
    /// </summary>
    public CallReply Deliver(Call call, CallReply reply)
    {
        if (reply is { State: CallState.Ended, Rest: 0 } or { State: CallState.Unknown } || reply.Node != node)
            calls.Delivered(call);
        return reply;
    }

    private async Task<CallReply> RunAsync(JobRequest request)
    {
        var runTimes = functions.Of(request.Function.Span);
        var (call, reply) = await HoldAsync(request, runTimes).ConfigureAwait(false);
        if (call is null)
            return reply!;
        var replying = call.ListenAsync();
        runner.Run(call, new EncodedFunction(request.Function, runTimes));
        if (!runTimes.IsSlow)
            SpinForReply(() => replying.IsCompleted);
        return Deliver(call, await replying.ConfigureAwait(false));
    }

    /// <summary>Returns the call if this node has it from now on; otherwise what to reply.</summary>
    private async ValueTask<(Call? Call, CallReply? Reply)> HoldAsync(JobRequest request, FunctionRunTimes runTimes)
    {
        if ((WhyTooLarge(request) ?? capacity.TryHold(request.HeldBytes)) is { } closed)
            return (null, Refuse(closed));
        Call? call = null;
        try
        {
            (call, var reply) = await TakeAsync(request, runTimes).ConfigureAwait(false);
            if (call is null)
                return (null, reply);
            if (calls.TryAdd(call))
                return (call, null);
            placement.GiveRoom(call);
            call = null;
            return (null, new CallReply(CallState.Unknown, node));
        }
        finally
        {
            if (call is null)
                capacity.LetGo(request.HeldBytes);
        }
    }

    /// <summary>Returns the call if this node accepts it; otherwise the reply of another node, or a reject.</summary>
    private async ValueTask<(Call? Call, CallReply? Reply)> TakeAsync(JobRequest request, FunctionRunTimes runTimes)
    {
        if (!placement.Opened.IsCompleted)
        {
            // The node has just started. If no other node accepts the job, it is known here as being offered until this node accepts it.
            if (await OfferAsync(request, freeWorkersOnly: false).ConfigureAwait(false) is { } elsewhere)
                return (null, elsewhere);
            await placement.Opened.WaitAsync(NodeTimings.LateArrival, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (responsiveness.IsNeeded)
            await responsiveness.ThrowIfDeadAsync().ConfigureAwait(false);
        if (placement.WhyNowhere(request) is { } nowhere)
            return (null, Refuse(nowhere));
        if (placement.Accepts && placement.IsCrowdedFor(runTimes)
            && await OfferAsync(request, freeWorkersOnly: true).ConfigureAwait(false) is { } handed)
            return (null, handed);

        // A job that waits for room in its pool needs none here meanwhile, but it should wait on a node that has some.
        var takesLater = request is { Pool: not null, Options.Wait.Ticks: > 0 };
        var never = placement.WhyNeverHere(request);
        if (placement.Accepts && takesLater && placement.LacksMemoryFor(request.Options.MaxHeapBytes)
            && await OfferAsync(request, freeWorkersOnly: never is null).ConfigureAwait(false) is { } roomier)
            return (null, roomier);

        var call = new Call(request, node, time);
        var full = !placement.Accepts ? placement.TakesNoMore() : takesLater ? null : never ?? placement.TakeRoom(call, null);
        if (full is null)
            return (call, null);
        return (null, await OfferAsync(request, freeWorkersOnly: false).ConfigureAwait(false) ?? Refuse(full));
    }

    /// <summary>
    /// Hands over a call that is not in the table. It is known as being offered until <see cref="SubmitAsync(JobRequest)"/> has finished
    /// with it.
    /// </summary>
    private Task<CallReply?> OfferAsync(JobRequest request, bool freeWorkersOnly)
    {
        if (!request.HandedOver)
            calls.BeginOffer(request.Call);
        return placement.HandOverAsync(request, freeWorkersOnly);
    }

    /// <summary>Whether the jobs of this function have taken long so far.</summary>
    public bool IsSlow(JobRequest request) => functions.Of(request.Function.Span).IsSlow;

    /// <summary>
    /// Polls briefly for the reply of a quick job, if nothing else runs here. Otherwise this thread would sleep and its processor would
    /// idle. When the result comes, a thread of the worker and a thread-pool thread would have to be woken one after the other, which takes
    /// longer than the job. Measures real time.
    /// </summary>
    /// <param name="hasCome">Whether the reply has come.</param>
    public void SpinForReply(Func<bool> hasCome)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        while (!hasCome() && capacity.Jobs <= 1 && clock.GetElapsedTime(start) < Tuning.Calls.MaxSpin)
            Thread.Yield();
    }

    /// <summary>Why a request is refused on arrival: its caller may have other limits, or none.</summary>
    private JobRejected? WhyTooLarge(JobRequest request)
    {
        var size = Math.Max(request.Function.Length, request.TextBytes);
        return size > maxPayloadBytes ? new JobRejected(null, RejectReason.PayloadTooLarge, size, 0, maxPayloadBytes) : null;
    }

    private CallReply Refuse(JobRejected reject) => new(CallState.Ended, node, null, EncodedOutcome.Of(reject));
}
