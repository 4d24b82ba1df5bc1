using System.Runtime.CompilerServices;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>
/// A caller's side of one call: sends the job to a node, polls it for progress, and finds out what happened to the job when that node does
/// not reply. A job is attempted at most once. A call is sent again, while there is time to admit it, only if no node has accepted it or
/// ever will. A call that may have been accepted and is lost is not repeated.
/// </summary>
internal sealed class RemoteCall(
    ICluster cluster,
    JobRequest submitted,
    Func<CallId> nextCall,
    int maxPayloadBytes,
    BackgroundWork background,
    TimeProvider time,
    ILogger logger)
    : IJobOwner
{
    private const int Held = 0, Detached = 1, Abandoned = 2;

    private readonly long submittedAt = time.GetTimestamp();
    private readonly TaskCompletionSource<JobId?> admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile JobRequest request = submitted;
    private long sentAt;
    private int ownership = Held;
    private NodeId? node;
    private StopRequest? stopped;
    private volatile bool ended;
    private CancellationTokenRegistration cancellation;

    /// <summary>Completes when the job is admitted, with its id if a pool has admitted it; or when the job has ended.</summary>
    public Task<JobId?> Admitted => admitted.Task;

    /// <summary>Runs the job and returns how it ended. Never throws.</summary>
    public async Task<EncodedOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            admitted.TrySetResult(null);
            return EncodedOutcome.Of(CallerCancelled().Why);
        }

        cancellation = cancellationToken.UnsafeRegister(static call => ((RemoteCall)call!).Stop(CallerCancelled()), this);
        try
        {
            return await FollowAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IUnreadableReply)
        {
            return EncodedOutcome.Unreadable(exception);
        }
        finally
        {
            ended = true;
            cancellation.Unregister();
            admitted.TrySetResult(null);
        }
    }

    public void Detach()
    {
        if (Interlocked.CompareExchange(ref ownership, Detached, Held) != Held)
            return;
        cancellation.Unregister();
        if (node is { } there)
            TellDetached(there);
    }

    public bool Abandon()
    {
        if (Interlocked.CompareExchange(ref ownership, Abandoned, Held) == Detached)
            return false;
        Stop(new StopRequest(new JobKilled(KillCause.CallerCancelled, "The handle of the job was disposed"), Immediately: true));
        return true;
    }

    private void TellDetached(NodeId there)
        => Tell("a message that detaches a call", () => cluster.DetachAsync(there, request.Call), RemoteLog.CannotDetach);

    /// <summary>The handler is disposed: its job is stopped, even if it was detached.</summary>
    public void Close() => Stop(new StopRequest(JobKilled.ShuttingDown(), Immediately: true));

    private void Stop(StopRequest stop)
    {
        stopped = stop;
        Tell("a message that stops a call", () => cluster.StopAsync(request.Call, stop), RemoteLog.CannotStop);
    }

    private void Tell(string message, Func<Task> say, Action<ILogger, CallId> cannot)
        => background.Run(message, TellAsync(say, cannot), _ => cannot(logger, request.Call));

    /// <summary>Repeats a message until it has arrived, the call has ended, or no node could be reached for too long.</summary>
    private async Task TellAsync(Func<Task> say, Action<ILogger, CallId> cannot)
    {
        for (var start = time.GetTimestamp(); !ended; await Task.Delay(Tuning.Callers.FindInterval, time).ConfigureAwait(false))
        {
            if (await TryAsync(say).ConfigureAwait(false))
                return;
            if (time.GetElapsedTime(start) > NodeTimings.FindTimeout)
            {
                cannot(logger, request.Call);
                return;
            }
        }
    }

    private async Task<EncodedOutcome> FollowAsync()
    {
        var (reply, hasLeft) = await SubmitAsync().ConfigureAwait(false);
        while (true)
        {
            if (!hasLeft)
                return NotAdmitted();
            if (reply is null or { State: CallState.Unknown })
            {
                if (await FindAsync(mayArrive: reply is null && node is null).ConfigureAwait(false) is not { } found)
                    return EncodedOutcome.Of(
                        stopped?.Why
                            ?? (JobFailure)new JobLost("No node of the cluster could be reached for too long; the job's outcome is unknown")
                    );
                if (found.Reply is null && !IsNowhere(found))
                    return EncodedOutcome.Of(WhyLost(found));
                if (found.Reply is null)
                {
                    if (stopped is not null || TimeToAdmit <= TimeSpan.Zero)
                        return NotAdmitted();
                    (reply, hasLeft) = await SubmitAnewAsync().ConfigureAwait(false);
                    continue;
                }

                reply = found.Reply;
            }

            var isNews = node != reply.Node;
            node = reply.Node;
            if (isNews && Volatile.Read(ref ownership) == Detached)
                TellDetached(reply.Node);
            if (reply.State is CallState.Admitted or CallState.Ended)
                admitted.TrySetResult(reply.Job);
            if (reply.Outcome is { } tooLarge && (long)tooLarge.Value.Length + reply.Rest > maxPayloadBytes)
                return Refuse(reply.Node, tooLarge.Value.Length + reply.Rest, tooLarge);
            if (reply.Outcome is { } outcome)
                return reply.Rest == 0 ? outcome : await FetchRestAsync(reply.Node, outcome, reply.Rest).ConfigureAwait(false);
            var there = reply.Node;
            reply = await TryAsync(() => cluster.WatchAsync(there, request.Call)).ConfigureAwait(false);
        }
    }

    /// <summary>How much of the time to admit the job is left.</summary>
    private TimeSpan TimeToAdmit => request.Options.PoolTimeout + request.Options.Wait - time.GetElapsedTime(submittedAt);

    /// <summary>How long to ask what happened to a call: as long as its caller is promised an outcome, and at most half a minute.</summary>
    private TimeSpan FindPatience
    {
        get
        {
            if (stopped is not null)
                return NodeTimings.FindTimeoutWhenStopped;
            var promised = request.Options.PoolTimeout + request.Options.Wait + request.Options.Timeout + NodeTimings.ArrivalSlack;
            return promised < NodeTimings.FindTimeout ? promised : NodeTimings.FindTimeout;
        }
    }

    /// <summary>Sends the call, by the next gateway each time, until it has left or the time to admit it is over.</summary>
    /// <returns>The node's reply, <see langword="null"/> if there is none; and whether the call may have left.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(CallReply? Reply, bool HasLeft)> SubmitAsync()
    {
        while (true)
        {
            sentAt = time.GetTimestamp();
            try
            {
                return (await cluster.SubmitAsync(request).ConfigureAwait(false), true);
            }
            catch (Exception exception) when (exception is not (OutOfMemoryException or IUnreadableReply))
            {
                RemoteLog.NoReply(logger, exception, request.Call);
                if (!cluster.HasNotLeft(exception))
                    return (null, true);
            }

            if (stopped is not null || TimeToAdmit <= Tuning.Callers.FindInterval)
                return (null, false);
            await Task.Delay(Tuning.Callers.FindInterval, time).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the call under another id, because nodes refuse the old one.</summary>
    private ValueTask<(CallReply? Reply, bool HasLeft)> SubmitAnewAsync()
    {
        request = request with { Call = nextCall() };
        if (stopped is { } stop)
            Stop(stop); // it may have been sent under the old id
        return SubmitAsync();
    }

    /// <summary>The outcome when no node has accepted the call, and none will.</summary>
    private EncodedOutcome NotAdmitted() => EncodedOutcome.Of(
        stopped?.Why ?? (JobFailure)Rejects.Timeout(request.Pool, request.Options.PoolTimeout));

    /// <summary>
    /// Whether a call that all live nodes refuse from now on has run nowhere. A node that had the call, or one that has died since it was
    /// sent, may have run it.
    /// </summary>
    private bool IsNowhere(FindReply found) => node is null && !HasDied(found);

    /// <summary>Refuses a value that is too large for this client; the silo may have another limit.</summary>
    private EncodedOutcome Refuse(NodeId there, int bytes, EncodedOutcome outcome)
    {
        NeedNotBeKept(there, bytes);
        return outcome with
        {
            Value = default,
            Failure = new JobFailed(
                typeof(NotSupportedException).FullName!,
                $"The job's value has {bytes} bytes; "
                    + $"MaxPayloadBytes of this client's options allows {maxPayloadBytes}. Return less, or raise it.",
                ""),
        };
    }

    /// <summary>Tells a node that it need no longer keep the value. If the message is lost, the node keeps it for a while.</summary>
    private void NeedNotBeKept(NodeId there, int bytes)
    {
        background.Run("a message that a value has arrived", TryAsync(AskForNothing));

        Task AskForNothing() => cluster.FetchAsync(there, request.Call, bytes);
    }

    /// <summary>Gets the rest of a large value, as long as its node is alive and has it.</summary>
    private async Task<EncodedOutcome> FetchRestAsync(NodeId there, EncodedOutcome outcome, int rest)
    {
        var length = outcome.Value.Length + (long)rest;
        if (rest < 0 || length > Math.Min(Array.MaxLength, ReadBudget.MostBytes(request.Options.MaxHeapBytes)))
        {
            var why = ReadBudget.TooLarge(length, request.Options.MaxHeapBytes);
            return EncodedOutcome.Of(new JobFailed(typeof(NotSupportedException).FullName!, why, why));
        }

        var value = new byte[length];
        outcome.Value.CopyTo(value);
        var progress = time.GetTimestamp();
        for (var had = outcome.Value.Length; had < value.Length;)
        {
            var part = await TryAsync(() => cluster.FetchAsync(there, request.Call, had)).ConfigureAwait(false);
            if (part is { Bytes.Length: > 0 } && part.Bytes.Length <= value.Length - had)
            {
                part.Bytes.CopyTo(value.AsMemory(had));
                had += part.Bytes.Length;
                progress = time.GetTimestamp();
            }
            else if (part is not null || time.GetElapsedTime(progress) > NodeTimings.FindTimeout
                || await FindAsync(mayArrive: false).ConfigureAwait(false) is not { Reply: not null })
            {
                return EncodedOutcome.Of(
                    new JobLost(
                        $"Of the {value.Length} bytes of the job's value, "
                            + $"{had} arrived before the node {there} died, could not be reached, or no longer had the value"));
            }
            else
            {
                await Task.Delay(Tuning.Callers.FindInterval, time).ConfigureAwait(false);
            }
        }

        NeedNotBeKept(there, value.Length);
        return outcome with { Value = value };
    }

    /// <summary>Asks all nodes until one knows the call or none ever will; <see langword="null"/> if that takes too long.</summary>
    /// <param name="mayArrive">Whether the call may still be on its way to a node.</param>
    private async Task<FindReply?> FindAsync(bool mayArrive)
    {
        var start = time.GetTimestamp();
        do
        {
            var refuse = !mayArrive || stopped is not null || time.GetElapsedTime(sentAt) >= NodeTimings.LateArrival
                || TimeToAdmit <= -NodeTimings.ArrivalSlack;
            if (await TryAsync(() => cluster.FindAsync(request.Call, refuse)).ConfigureAwait(false) is { } found)
            {
                if (refuse || found.Reply is not null)
                    return found;
                mayArrive = !MayBeAtDeadNode(found);
                if (!mayArrive)
                    continue;
            }

            await Task.Delay(Tuning.Callers.FindInterval, time).ConfigureAwait(false);
        }
        while (time.GetElapsedTime(start) < FindPatience);
        return null;
    }

    private JobLost WhyLost(FindReply found)
    {
        var died = HasDied(found);
        return new JobLost(
            (node, died) switch
            {
                ({ } known, true) =>
                    $"The node {known}, which had the job, or another one to which it had handed the job over, died or was cut off",
                ({ } known, false) => $"The node {known} no longer knows the job: its outcome was lost on the way",
                (null, true) => "The node that was to run the job died or was cut off",
                (null, false) => "The job did not reach a node, or its outcome was lost on the way",
            });
    }

    /// <summary>Whether a node has died since the call was sent.</summary>
    private bool HasDied(FindReply found) => found.SinceLastDeath is { } since && since <= time.GetElapsedTime(sentAt);

    /// <summary>
    /// Whether a call without a reply may have been sent to a node that was dead already; then there is nothing to wait for.
    /// </summary>
    private bool MayBeAtDeadNode(FindReply found)
        => found.SinceLastDeath is { } since && since <= time.GetElapsedTime(sentAt) + NodeTimings.DeadGatewayKept;

    /// <summary>
    /// Returns the reply, or <see langword="null"/> if there is none. An unreadable reply throws. A closed client throws synchronously,
    /// which counts as no reply too.
    /// </summary>
    private async Task<TReply?> TryAsync<TReply>(Func<Task<TReply>> ask)
        where TReply : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or IUnreadableReply))
        {
            RemoteLog.NoReply(logger, exception, request.Call);
            return null;
        }
    }

    private async Task<bool> TryAsync(Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            RemoteLog.NoReply(logger, exception, request.Call);
            return false;
        }
    }

    private static StopRequest CallerCancelled() => new(JobKilled.CallerCancelled(), Immediately: false);
}
