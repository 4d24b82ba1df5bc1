using Handler.FairShare;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// Runs the calls that a node has accepted: asks the pool, starts the job or moves it to another node, and ends the call when everything
/// that the job had is released.
/// </summary>
internal sealed class CallRunner(
    Node node, NodeId id, Placement placement, NodeLeases leases, CallOutcomes outcomes, BackgroundWork background, TimeProvider time)
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly CancellationTokenSource leaving = new(); // not disposed: a call may start asking its pool at any time

    /// <summary>
    /// Runs a call in the background. Whatever happens, the call ends: if it cannot be run or its end fails, its job is lost.
    /// </summary>
    public void Run(Call call, EncodedFunction function)
        => RunInBackground("a call", call, RunAsync(call, function));

    /// <summary>Calls that wait for their pool wait no longer, and move to another node if one accepts them.</summary>
    public Task LeaveAsync() => leaving.CancelAsync();

    /// <summary>The reason for jobs that this node kills when it shuts down. The caller's handler continues.</summary>
    public JobKilled ShuttingDown() => new(KillCause.Shutdown, $"The node {id} shuts down");

    private async Task RunAsync(Call call, EncodedFunction function)
    {
        var submittedAt = node.Dispatcher.Time.GetTimestamp();
        Lease? lease = null;
        try
        {
            while (true)
            {
                if (placement.WhyNowhere(call.Request) is { } nowhere)
                {
                    End(call, EncodedOutcome.Of(nowhere));
                    return;
                }

                if (placement.WhyNeverHere(call.Request) is { } tooSmall)
                {
                    // The job can only run elsewhere, and no node that could run it has room yet.
                    if (await MoveAsync(call, null, tooSmall).ConfigureAwait(false))
                        return;
                    await UntilThereMayBeRoomAsync(call, Never).ConfigureAwait(false);
                    continue;
                }

                if (call.Request.Pool is { } pool)
                {
                    var isTrial = call.HasRoom && call.WaitLeft > TimeSpan.Zero;
                    (lease, var reject) = await AdmitAsync(call, pool, isTrial).ConfigureAwait(false);
                    if (lease is null && isTrial)
                    {
                        placement.GiveRoom(call); // meanwhile its pool is full: it waits there
                        continue;
                    }

                    if (lease is null)
                    {
                        End(call, EncodedOutcome.Of(reject));
                        return;
                    }
                }

                var path = lease?.Chain.PathFromTop;
                if (placement.TakeRoom(call, path) is not { } full)
                {
                    Start(call, lease, function, submittedAt);
                    return;
                }

                if (await MoveAsync(call, lease, full).ConfigureAwait(false))
                    return;
                lease = null; // it was released
                await WaitForRoomAsync(call, path).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            if (call.Stopped is { } why)
                End(call, EncodedOutcome.Of(why));
            else
                await MoveAsync(call, null, placement.TakesNoMore()).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            await EndUnstartedAsync(call, lease, EncodedOutcome.Of(ShuttingDown())).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ClusterNodeLog.CannotRun(node.Logger, exception, call.Id);
            await EndUnstartedAsync(call, lease, Lost(exception)).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the pool of a call. If the call holds room on the node, it does not wait: other calls could use that room.</summary>
    private async Task<Admission> AdmitAsync(Call call, string pool, bool isTrial)
    {
        var wait = call.HasRoom ? TimeSpan.Zero : call.WaitLeft;
        var asking = new CancellationTokenSource(); // not disposed: a stop may come at any time
        call.OnStop(_ => asking.Cancel());
        try
        {
            var request = new AdmissionRequest(pool, call.Request.Options) with { Wait = wait, IsTrial = isTrial };
            var admission = leases.AdmitAsync(request, asking.Token);
            if (admission.IsCompletedSuccessfully)
                return admission.Result;
            using var leaves = leaving.Token.UnsafeRegister(static asking => ((CancellationTokenSource)asking!).Cancel(), asking);
            return await admission.ConfigureAwait(false);
        }
        finally
        {
            call.OnStop(null);
        }
    }

    private void Start(Call call, Lease? lease, EncodedFunction function, long submittedAt)
    {
        void WhenEnded(EncodedOutcome outcome, LeaseOutcome forPools) => Ended(call, lease, outcome, forPools);
        var job = new CallJob(
            node.NextAttempt(), function, call.Request.Options, submittedAt, lease?.Chain, outcomes, WhenEnded);
        if (lease?.Attach(call) is { } killed)
            job.TryStop(new JobKilled(KillCause.UserKilled, killed), immediately: true);
        call.Admit(lease?.Job);
        call.OnStop(stop =>
        {
            if (stop.Immediately)
                node.Dispatcher.Kill(job, stop.Why);
            else
                node.Dispatcher.Cancel(job, default);
        });
        node.Submit(job, CancellationToken.None);
    }

    private void Ended(Call call, Lease? lease, EncodedOutcome outcome, LeaseOutcome forPools)
        => RunInBackground("the end of a call", call, EndAfterReleaseAsync(call, lease, outcome, forPools));

    private void RunInBackground(string name, Call call, Task work)
        => background.Run(name, work, (this, call), static (owner, exception) => owner.Item1.EndAsLost(owner.call, exception));

    private async Task EndAfterReleaseAsync(Call call, Lease? lease, EncodedOutcome outcome, LeaseOutcome forPools)
    {
        if (lease is not null)
            await leases.EndAsync(lease, forPools).ConfigureAwait(false);
        End(call, outcome);
    }

    private async Task EndUnstartedAsync(Call call, Lease? lease, EncodedOutcome outcome)
    {
        var leaseOutcome = outcome.Failure is JobRejected rejected ? LeaseOutcome.Of(rejected) : LeaseOutcome.Withdrawn;
        if (lease is not null)
            await leases.EndAsync(lease, leaseOutcome).ConfigureAwait(false);
        End(call, outcome);
    }

    private void EndAsLost(Call call, Exception exception)
    {
        ClusterNodeLog.CannotRun(node.Logger, exception, call.Id);
        if (!call.HasEnded)
            End(call, Lost(exception));
    }

    private void End(Call call, EncodedOutcome outcome)
    {
        placement.GiveRoom(call);
        outcomes.End(call, outcome);
    }

    private EncodedOutcome Lost(Exception exception)
        => EncodedOutcome.Of(new JobLost($"The node {id} could not run the job: {exception.Message}"));

    /// <summary>
    /// Hands a call that has asked its pool here, but finds no room, over to another node, with the rest of its time to wait. If no node
    /// accepts it, it is rejected when that time is over. A call that was handed over is not handed over again, unless this node shuts
    /// down.
    /// </summary>
    /// <returns>Whether the call is finished here; otherwise it may ask its pool again after a while. Its share has been
    /// released.</returns>
    private async Task<bool> MoveAsync(Call call, Lease? lease, JobRejected why)
    {
        if (lease is not null)
            await leases.EndAsync(lease, LeaseOutcome.Withdrawn).ConfigureAwait(false);
        var left = call.WaitLeft;
        var request = call.Request with { HandedOver = false, Options = call.Request.Options with { Wait = left } };
        if (!(call.Request.HandedOver && placement.Accepts) && await TryHandOverAsync(call, request).ConfigureAwait(false) is { } there)
        {
            placement.GiveRoom(call);
            outcomes.MoveTo(call, there);
            return true;
        }

        if (call.Stopped is null && placement.Accepts && left > Tuning.Calls.AskAgainAfter)
            return false;
        End(call, call.Stopped is { } stopped ? EncodedOutcome.Of(stopped) : EncodedOutcome.Of(why));
        return true;
    }

    /// <summary>The reply of another node that has the call, or may have it; <see langword="null"/> if none has.</summary>
    private async Task<CallReply?> TryHandOverAsync(Call call, JobRequest request)
    {
        try
        {
            var reply = await placement.HandOverAsync(request, freeWorkersOnly: false).ConfigureAwait(false);
            return reply is { State: not CallState.Unknown } ? reply : null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The other node died, or has not replied for too long. Its caller will find out whether that node has the call; from now on it
            // is not known here.
            ClusterNodeLog.CannotHandOver(node.Logger, exception, call.Id);

            // A stop by the caller has gone to all nodes; a stop because this node shuts down has not.
            return call.Stopped is { Cause: not KillCause.Shutdown } stopped
                ? new CallReply(CallState.Ended, id, null, EncodedOutcome.Of(stopped))
                : new CallReply(CallState.Unknown, id);
        }
    }

    /// <summary>
    /// Lets a call that has found no node with room wait for its turn here. It does not ask its pool meanwhile: other jobs would be
    /// rejected for lack of the shares that it would take only to release them immediately.
    /// </summary>
    private async Task WaitForRoomAsync(Call call, PoolPath? path)
    {
        var waiter = placement.WaitForRoom(call, path);
        call.OnStop(_ => waiter.TryEndWaiting(false));
        await UntilThereMayBeRoomAsync(call, waiter.Turn).ConfigureAwait(false);
        call.OnStop(null);
        placement.LeaveQueue(call);
    }

    /// <summary>Waits until it is the turn of a call, another node may have room for it, or it should wait no longer.</summary>
    private async Task UntilThereMayBeRoomAsync(Call call, Task turn)
    {
        do
        {
            await turn.WaitAsync(Tuning.Calls.AskAgainAfter, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!turn.IsCompleted
            && call.Stopped is null
            && placement.Accepts
            && call.WaitLeft > Tuning.Calls.AskAgainAfter
            && placement.WhyNowhere(call.Request) is null
            && !placement.OthersMayHaveRoomFor(call.Request));
    }
}
