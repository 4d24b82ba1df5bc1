using System.Diagnostics;
using Handler.Functions;
using Handler.Pools;
using Handler.Workers;
using Microsoft.Extensions.Logging;

namespace Handler.Remote;

/// <summary>
/// A caller's side of one call: has a node take the job, asks it again and again how far it is, and finds out what became of it when that node does
/// not answer. A job is attempted at most once, so a call that is lost is not repeated.
/// </summary>
internal sealed class RemoteCall(ICluster cluster, JobRequest request, ILogger logger, int maxPayloadBytes = int.MaxValue) : IJobOwner
{
    private const int Held = 0, Detached = 1, Abandoned = 2;

    private static readonly TimeSpan FindDelay = TimeSpan.FromMilliseconds(100);

    private readonly long submittedAt = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource<JobId?> admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int ownership = Held;
    private NodeId? node;
    private Stop? stopped;
    private volatile bool ended;
    private CancellationTokenRegistration cancellation;

    /// <summary>Completes when the job is admitted, with its id if a pool has admitted it; or when it has ended.</summary>
    public Task<JobId?> Admitted => admitted.Task;

    /// <summary>Runs the job and answers how it ended. Never throws.</summary>
    public async Task<JobEnding> RunAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            admitted.TrySetResult(null);
            return JobEnding.Of(CallerCancelled().Why);
        }

        cancellation = cancellationToken.UnsafeRegister(static call => ((RemoteCall)call!).Stop(CallerCancelled()), this);
        try
        {
            return await FollowAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IUnreadableAnswer)
        {
            return JobEnding.Of(new Verdict.Lost($"What became of the job cannot be read: {exception.Message}"));
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
        Stop(new Stop(new Verdict.Killed(KillCause.CallerCancelled, "The handle of the job was disposed"), AtOnce: true));
        return true;
    }

    private void TellDetached(NodeId there) => Tell(() => cluster.DetachAsync(there, request.Call), RemoteLog.CannotDetach);

    /// <summary>The handler is disposed: so is the job, even if it was detached.</summary>
    public void Close() => Stop(new Stop(Dispatcher.ShuttingDown(), AtOnce: true));

    private void Stop(Stop stop)
    {
        stopped = stop;
        Tell(() => cluster.StopAsync(request.Call, stop), RemoteLog.CannotStop);
    }

    /// <summary>Says something until it has arrived, or the call has ended, or nobody could be reached for too long.</summary>
    private async void Tell(Func<Task> say, Action<ILogger, CallId> cannot)
    {
        for (var start = Stopwatch.GetTimestamp(); !ended; await Task.Delay(FindDelay).ConfigureAwait(false))
        {
            if (await TryAsync(say).ConfigureAwait(false))
                return;
            if (Stopwatch.GetElapsedTime(start) > NodeTimings.FindTimeout)
            {
                cannot(logger, request.Call);
                return;
            }
        }
    }

    private async Task<JobEnding> FollowAsync()
    {
        var reply = await TryAsync(() => cluster.SubmitAsync(request)).ConfigureAwait(false);
        while (true)
        {
            if (reply is null or { State: CallState.Unknown })
            {
                if (await FindAsync(mayArrive: reply is null && node is null).ConfigureAwait(false) is not { } found)
                    return JobEnding.Of(new Verdict.Lost("No node of the cluster could be reached for too long; what became of the job is not known"));
                if (found.Reply is null)
                    return JobEnding.Of(WhyLost(found));
                reply = found.Reply;
            }

            var isNews = node != reply.Node;
            node = reply.Node;
            if (isNews && Volatile.Read(ref ownership) == Detached)
                TellDetached(reply.Node);
            if (reply.State is CallState.Admitted or CallState.Ended)
                admitted.TrySetResult(reply.Job);
            if (reply.Ending is { } tooLarge && (long)tooLarge.Value.Length + reply.Rest > maxPayloadBytes)
                return Refuse(reply.Node, tooLarge.Value.Length + reply.Rest, tooLarge);
            if (reply.Ending is { } ending)
                return reply.Rest == 0 ? ending : await FetchRestAsync(reply.Node, ending, reply.Rest).ConfigureAwait(false);
            var there = reply.Node;
            reply = await TryAsync(() => cluster.WatchAsync(there, request.Call)).ConfigureAwait(false);
        }
    }

    /// <summary>A silo may have another limit than this client.</summary>
    private JobEnding Refuse(NodeId there, int bytes, JobEnding ending)
    {
        NeedNotBeKept(there, bytes);
        return ending with
        {
            Value = default,
            Verdict = new Verdict.Failed(typeof(NotSupportedException).FullName!, $"The job's value has {bytes} bytes; MaxPayloadBytes of this client's options allows {maxPayloadBytes}. Return less, or raise it.", ""),
        };
    }

    private void NeedNotBeKept(NodeId there, int bytes) => _ = TryAsync(async () => { await cluster.FetchAsync(there, request.Call, bytes).ConfigureAwait(false); });

    /// <summary>Gets the rest of a large value, as long as its node is there and has it.</summary>
    private async Task<JobEnding> FetchRestAsync(NodeId there, JobEnding ending, int rest)
    {
        var length = ending.Value.Length + (long)rest;
        if (rest < 0 || length > Math.Min(Array.MaxLength, ReadBudget.MostBytes(request.Options.MaxHeapBytes)))
        {
            var why = ReadBudget.TooLarge(length, request.Options.MaxHeapBytes);
            return JobEnding.Of(new Verdict.Failed(typeof(NotSupportedException).FullName!, why, why));
        }

        var value = new byte[length];
        ending.Value.CopyTo(value);
        var progress = Stopwatch.GetTimestamp();
        for (var had = ending.Value.Length; had < value.Length;)
        {
            var part = await TryAsync(() => cluster.FetchAsync(there, request.Call, had)).ConfigureAwait(false);
            if (part is { Bytes.Length: > 0 } && part.Bytes.Length <= value.Length - had)
            {
                part.Bytes.CopyTo(value.AsMemory(had));
                had += part.Bytes.Length;
                progress = Stopwatch.GetTimestamp();
            }
            else if (part is not null || Stopwatch.GetElapsedTime(progress) > NodeTimings.FindTimeout || await FindAsync(mayArrive: false).ConfigureAwait(false) is not { Reply: not null })
            {
                return JobEnding.Of(new Verdict.Lost($"Of the job's value of {value.Length} bytes {had} came before the node {there} died, could not be reached, or had it no more"));
            }
            else
            {
                await Task.Delay(FindDelay).ConfigureAwait(false);
            }
        }

        NeedNotBeKept(there, value.Length);
        return ending with { Value = value };
    }

    /// <summary>Asks all nodes until one knows the call or none ever will; <see langword="null"/> if that takes too long.</summary>
    /// <param name="mayArrive">Whether it may still be on its way to a node.</param>
    private async Task<FindReply?> FindAsync(bool mayArrive)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            var refuse = !mayArrive || stopped is not null || Stopwatch.GetElapsedTime(submittedAt) >= NodeTimings.LateArrival;
            if (await TryAsync(() => cluster.FindAsync(request.Call, refuse)).ConfigureAwait(false) is { } found)
            {
                if (refuse || found.Reply is not null)
                    return found;
                mayArrive = !HasDied(found);
            }

            if (mayArrive)
                await Task.Delay(FindDelay).ConfigureAwait(false);
        }
        while (Stopwatch.GetElapsedTime(start) < (stopped is null ? NodeTimings.FindTimeout : NodeTimings.FindTimeoutWhenStopped));
        return null;
    }

    private Verdict WhyLost(FindReply found)
    {
        var died = HasDied(found);
        if (stopped is { } stop && node is null && !died)
            return stop.Why; // it was stopped before it arrived anywhere, and now is refused everywhere
        return new Verdict.Lost((node, died) switch
        {
            ({ } known, true) => $"The node {known}, which had the job, or another to which it had handed it, died or was cut off",
            ({ } known, false) => $"The node {known} does not know the job any more: its answer was lost on the way",
            (null, true) => "The node that was to run the job died or was cut off",
            (null, false) => "The job did not reach a node, or its answer was lost on the way",
        });
    }

    /// <summary>Whether a node has died since the call was sent.</summary>
    private bool HasDied(FindReply found) => found.SinceLastDeath is { } since && since <= Stopwatch.GetElapsedTime(submittedAt);

    /// <summary>The answer, or <see langword="null"/> where there is none; an unreadable one throws. A client that is closed throws before there is a task; that is no answer either.</summary>
    private async Task<TReply?> TryAsync<TReply>(Func<Task<TReply>> ask)
        where TReply : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or IUnreadableAnswer))
        {
            RemoteLog.NoAnswer(logger, exception, request.Call);
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
            RemoteLog.NoAnswer(logger, exception, request.Call);
            return false;
        }
    }

    private static Stop CallerCancelled() => new(Dispatcher.CallerCancelled(), AtOnce: false);
}

/// <summary>What a caller's side logs.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(1311, LogLevel.Debug, "Call {Call} got no answer")]
    public static partial void NoAnswer(ILogger logger, Exception exception, CallId call);

    [LoggerMessage(1312, LogLevel.Warning, "Call {Call} could not be told to detach; it ends with this process")]
    public static partial void CannotDetach(ILogger logger, CallId call);

    [LoggerMessage(1313, LogLevel.Warning, "Call {Call} could not be stopped: no node can be reached. It ends when nobody asks for it any more")]
    public static partial void CannotStop(ILogger logger, CallId call);
}
