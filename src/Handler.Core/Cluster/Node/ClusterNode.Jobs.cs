using System.Diagnostics;
using Handler.Functions;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <content>One job, from the request to its pool until everything that it had is released.</content>
internal sealed partial class ClusterNode
{
    /// <summary>How long a job that has its share, but finds no room on any node, waits before it asks again.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Values from this size on are worth making room for.</summary>
    private const int LargeValue = 1 << 16;

    void INodeJobs.Kill(JobId job, string reason)
    {
        // This runs within a turn. The kill itself may release the lease synchronously, so it comes after the turn.
        if (actor.Registry.Find(job)?.Kill(reason) is Call call)
            ThreadPool.UnsafeQueueUserWorkItem(static each => each.call.Stop(new StopRequest(new JobKilled(KillCause.UserKilled, each.reason), AtOnce: true)), (call, reason), preferLocal: false);
    }

    private async Task RunAsync(Call call, EncodedFunction function)
    {
        var askedAt = Stopwatch.GetTimestamp();
        Lease? lease = null;
        try
        {
            while (true)
            {
                if (WhyNowhere(call.Request) is { } nowhere)
                {
                    End(call, JobEnding.Of(nowhere.ToFailure()));
                    return;
                }

                if (InfeasibleHere(call.Request) is { } tooSmall)
                {
                    // The job can only run elsewhere, and no node that could run it has room yet.
                    if (await MoveAsync(call, null, askedAt, tooSmall).ConfigureAwait(false))
                        return;
                    await UntilThereMayBeRoomAsync(call, askedAt).ConfigureAwait(false);
                    continue;
                }

                if (call.Request.Pool is { } pool)
                {
                    (lease, var reject) = await AdmitAsync(call, pool, WaitLeft(call, askedAt)).ConfigureAwait(false);
                    if (lease is null)
                    {
                        End(call, JobEnding.Of(reject.ToFailure()));
                        return;
                    }
                }

                if (TakeRoom(call) is not { } full)
                {
                    Start(call, lease, function, askedAt);
                    return;
                }

                if (await MoveAsync(call, lease, askedAt, full).ConfigureAwait(false))
                    return;
                lease = null; // it was released
                await UntilThereMayBeRoomAsync(call, askedAt).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            if (call.Stopped is { } why)
                End(call, JobEnding.Of(why));
            else
                await MoveAsync(call, null, askedAt, TakesNoMore()).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            await EndUnstartedAsync(call, lease, JobEnding.Of(ShuttingDown())).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogCannotRun(exception, call.Id);
            await EndUnstartedAsync(call, lease, JobEnding.Of(new JobLost($"The node {Id} could not run the job: {exception.Message}"))).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Hands a call that has asked its pool here, but finds no room, over to another node, with the rest of its time to wait. If no node
    /// accepts it, it is rejected when that time is over. A call that was handed over is not handed over again, unless this node shuts
    /// down.
    /// </summary>
    /// <returns>Whether the call is finished here; otherwise it may ask its pool again after a while. Its share has been
    /// released.</returns>
    private async Task<bool> MoveAsync(Call call, Lease? lease, long askedAt, Reject why)
    {
        if (lease is not null)
            await EndLeaseAsync(lease, LeaseEnding.Withdrawn).ConfigureAwait(false);
        var left = WaitLeft(call, askedAt);
        var request = call.Request with { HandedOver = false, Options = call.Request.Options with { Wait = left } };
        if (!(call.Request.HandedOver && accepts) && await TryHandOverAsync(call, request).ConfigureAwait(false) is { } there)
        {
            GiveRoom(call);
            LetGoOfRequest(call);
            capacity.Hold(call.HeldBytes = there.Ending?.KeptBytes ?? JobRequest.Overhead);
            call.MoveTo(there);
            return true;
        }

        if (call.Stopped is null && accepts && left > AskAgainAfter)
            return false;
        End(call, call.Stopped is { } stopped ? JobEnding.Of(stopped) : JobEnding.Of(why.ToFailure()));
        return true;
    }

    /// <summary>The reply of another node that has the call, or may have it; <see langword="null"/> if none has.</summary>
    private async Task<CallReply?> TryHandOverAsync(Call call, JobRequest request)
    {
        try
        {
            return await HandOverAsync(request, freeWorkersOnly: false).ConfigureAwait(false) is { State: not CallState.Unknown } there ? there : null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The other node died, or has not replied for too long. Its caller will find out whether that node has the call; from now on it
            // is not known here.
            LogCannotHandOver(exception, call.Id);
            // A stop by the caller has gone to all nodes; a stop because this node shuts down has not.
            return call.Stopped is { Cause: not KillCause.Shutdown } stopped ? new CallReply(CallState.Ended, Id, null, JobEnding.Of(stopped)) : new CallReply(CallState.Unknown, Id);
        }
    }

    /// <summary>
    /// Waits until a call that has found no node with room may find one, or its time is up. It does not ask its pool meanwhile: other jobs
    /// would be rejected for lack of the shares that it would take only to release them immediately.
    /// </summary>
    private async Task UntilThereMayBeRoomAsync(Call call, long askedAt)
    {
        var bytes = call.Request.Options.MaxHeapBytes;
        do
        {
            await Task.Delay(AskAgainAfter, ports.Time).ConfigureAwait(false);
        }
        while (call.Stopped is null && accepts && WaitLeft(call, askedAt) > AskAgainAfter && WhyNowhere(call.Request) is null
            && !capacity.HasRoomFor(bytes) && !ports.Others.Loads.Any(load => load.Accepts && load.FreeBytes >= bytes && load.FreePlaces > 0));
    }

    private static TimeSpan WaitLeft(Call call, long askedAt)
    {
        var left = call.Request.Options.Wait - Stopwatch.GetElapsedTime(askedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async ValueTask EndUnstartedAsync(Call call, Lease? lease, JobEnding ending)
    {
        if (lease is not null)
            await EndLeaseAsync(lease, ending.Failure is JobRejected ? LeaseEndings.Of(ending.Failure) : LeaseEnding.Withdrawn).ConfigureAwait(false);
        End(call, ending);
    }

    private Reject? TakeRoom(Call call)
    {
        if (call.HasRoom || capacity.TryTake(call.Request.Options.MaxHeapBytes) is not { } full)
        {
            call.HasRoom = true;
            return null;
        }

        return full;
    }

    private void GiveRoom(Call call)
    {
        if (call.HasRoom)
        {
            capacity.Give(call.Request.Options.MaxHeapBytes);
            Volatile.Write(ref lastEnd, ports.Time.GetTimestamp());
        }

        call.HasRoom = false;
    }

    private async Task<Admission> AdmitAsync(Call call, string pool, TimeSpan wait)
    {
        var asking = new CancellationTokenSource(); // not disposed: a stop may come at any time
        call.OnStop(_ => asking.Cancel());
        try
        {
            ValueTask<Admission> admission;
            using (turns.Enter())
                admission = actor.AdmitAsync(new AdmissionRequest(pool, call.Request.Options) with { Wait = wait }, asking.Token);
            if (admission.IsCompletedSuccessfully)
                return admission.Result;
            using var leaves = draining.Token.UnsafeRegister(static asking => ((CancellationTokenSource)asking!).Cancel(), asking);
            return await admission.ConfigureAwait(false);
        }
        finally
        {
            call.OnStop(null);
        }
    }

    private void Start(Call call, Lease? lease, EncodedFunction function, long askedAt)
    {
        var job = new CallJob(node.NextAttempt(), function, call.Request.Options, askedAt, call.Request.Pool, whyNotKept, ending => EndAfterRelease(call, lease, ending));
        if (lease?.Attach(call) is { } killed)
            job.TryStop(new JobKilled(KillCause.UserKilled, killed), immediately: true);
        call.Admit(lease?.Job);
        call.OnStop(stop =>
        {
            if (stop.AtOnce)
                node.Dispatcher.Kill(job, stop.Why);
            else
                node.Dispatcher.Cancel(job, default);
        });
        node.Submit(job, CancellationToken.None);
    }

    private async void EndAfterRelease(Call call, Lease? lease, JobEnding ending)
    {
        if (lease is not null)
            await EndLeaseAsync(lease, LeaseEndings.Of(ending.Failure)).ConfigureAwait(false);
        End(call, ending);
    }

    private ValueTask<bool> EndLeaseAsync(Lease lease, LeaseEnding ending)
    {
        using (turns.Enter())
            return actor.EndAsync(lease, ending);
    }

    private void End(Call call, JobEnding ending)
    {
        GiveRoom(call);
        LetGoOfRequest(call);
        if (capacity.TryHold(ending.KeptBytes) is not null && !MakeRoom(ending.KeptBytes))
        {
            ending = Reduced(ending);
            capacity.Hold(ending.KeptBytes);
        }

        call.HeldBytes = ending.KeptBytes;
        call.End(ending);
    }

    /// <summary>An outcome for which there is no room, without the parts that may be large.</summary>
    private JobEnding Reduced(JobEnding ending) => new(
        ending.Failure switch
        {
            null => NotKept(ending.Value.Length),
            JobFailed failed => failed with { ExceptionText = "" },
            var verdict => verdict,
        },
        default,
        ending.Usage,
        null);

    private void LetGoOfRequest(Call call) => capacity.LetGo(call.HeldBytes);

    /// <summary>Called before a large value is copied. What is actually kept is counted when the job has ended.</summary>
    private JobFailure? WhyNotKept(int bytes)
    {
        if (bytes < LargeValue)
            return null;
        if (capacity.TryHold(bytes) is not null && !MakeRoom(bytes))
            return NotKept(bytes);
        capacity.LetGo(bytes);
        return null;
    }

    private bool MakeRoom(long bytes) => bytes >= LargeValue && calls.TryMakeRoom(bytes, dropped => JobEnding.Of(new JobFailed(
        typeof(InvalidOperationException).FullName!,
        $"The job ended, but its outcome of {dropped.HeldBytes} bytes was dropped: its caller had not asked for it for {NodeTimings.CallerSilence.TotalSeconds:0} s, and the node {Id} needed the room. {HowToHoldMore}",
        "")));

    private JobFailed NotKept(int bytes) => new(
        typeof(InvalidOperationException).FullName!,
        $"The job completed, but its value of {bytes} bytes cannot be kept: the node {Id} holds {capacity.Payloads} of {capacity.MaxPayloads} bytes of requests and outcomes, and its jobs {capacity.Bytes} of {capacity.MaxBytes} bytes. {HowToHoldMore}",
        "");

    private const string HowToHoldMore
        = "Fetch outcomes sooner, return less, or raise HandlerSiloOptions.MaxHeldPayloadBytes and MaxMemoryBytes.";

    [LoggerMessage(1204, LogLevel.Warning, "Call {Call} was handed over to another node, which has not replied")]
    private partial void LogCannotHandOver(Exception exception, CallId call);

    [LoggerMessage(1201, LogLevel.Error, "Call {Call} could not be run")]
    private partial void LogCannotRun(Exception exception, CallId call);
}
