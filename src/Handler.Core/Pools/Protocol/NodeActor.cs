using System.Runtime.CompilerServices;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// The node's side of the protocol: asks pools for leases, refuses those of replaced activations, releases them when jobs end, and
/// reports what it runs. Called one turn at a time, like <see cref="PoolActor"/>.
/// </summary>
internal sealed class NodeActor
{
    private readonly NodePorts ports;
    private readonly PoolLinks links;
    private readonly ReleaseOutbox outbox;
    private readonly BackgroundWork background;
    private readonly BoundedHistory<Guid, int> kills = new(Tuning.Pools.MaxKillsOfNode);
    private readonly ulong scope;
    private ulong lastJob;

    /// <param name="id">This life of the node.</param>
    /// <param name="scope">A number that no other life of a node in this cluster has or had: the first part of its jobs' ids.</param>
    /// <param name="ports">What the node needs from its surroundings.</param>
    public NodeActor(NodeId id, ulong scope, NodePorts ports)
    {
        Id = id;
        this.scope = scope;
        this.ports = ports;
        background = new BackgroundWork((work, exception) => PoolLog.WorkOfNodeFailed(ports.Log, id, work, exception), inTurns: true);
        links = new PoolLinks(ports.Pools, ports.Timings, ports.Time, background);
        outbox = new ReleaseOutbox(links, ports.Timings, ports.Time, ports.Log, Registry.EpochOf);
    }

    public NodeId Id { get; }

    public NodeRegistry Registry { get; } = new();

    /// <summary>Releases that a pool has not acknowledged yet.</summary>
    public int Unacknowledged => outbox.Unacknowledged;

    /// <summary>Gets a lease for a job, or the reason why there is none.</summary>
    /// <exception cref="OperationCanceledException">The caller has cancelled; nothing is held, now or later.</exception>
    public ValueTask<Admission> AdmitAsync(in AdmissionRequest request, CancellationToken cancellationToken = default)
        => Admit(request, ports.Time.GetTimestamp(), cancellationToken, out var otherwise) is { } lease
            ? ValueTask.FromResult(new Admission(lease, null!))
            : otherwise;

    /// <summary>
    /// Like <see cref="AdmitAsync"/>, but returns the bare lease where it is granted synchronously. Most are, and on a busy node each
    /// wrapper costs time.
    /// </summary>
    /// <param name="request">What is requested.</param>
    /// <param name="now">The time of the request, a timestamp of the node's <see cref="TimeProvider"/>.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="otherwise">If no lease is returned: the result, possibly still pending.</param>
    public Lease? Admit(in AdmissionRequest request, long now, CancellationToken cancellationToken, out ValueTask<Admission> otherwise)
    {
        otherwise = default;
        if (cancellationToken.IsCancellationRequested)
        {
            otherwise = ValueTask.FromCanceled<Admission>(cancellationToken);
            return null;
        }

        var job = NextJob();
        if (ports.Pools.FindLocal(request.Pool) is not { } local
            || local.TryAdmit(new ShareRequest(job, Route.Entry, Id, request.Name, request.Bytes, now)) is not { } chain)
            return AskPool(job, request, cancellationToken, out otherwise);
        var lease = new Lease(job, chain, request.Name, request.Bytes) { LocalActor = local };
        if (TryEnter(lease))
            return lease;
        var asked = Ask(job, request, request.PoolTimeout, request.Wait);
        otherwise = ContinueAsync(request, asked, ValueTask.FromResult(AcquireReply.Yes(chain)), cancellationToken);
        return null;
    }

    /// <summary>Asks the pool by a request. The pool may still reply synchronously.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // keeps the common case small
    private Lease? AskPool(JobId job, in AdmissionRequest request, CancellationToken cancellationToken, out ValueTask<Admission> otherwise)
    {
        var asked = Ask(job, request, request.PoolTimeout, request.Wait);
        var call = links.AcquireAsync(request.Pool, asked);
        if (!call.IsCompletedSuccessfully)
        {
            otherwise = ContinueAsync(request, asked, call, cancellationToken);
            return null;
        }

        // Nothing else can have happened since the request, so the job need not be registered as known.
        var reply = call.Result;
        otherwise = default;
        if (reply.Chain is { } chain && new Lease(asked.Job, chain, asked.Name, asked.Bytes) is var lease && TryEnter(lease))
            return lease;
        otherwise = reply is { Chain: null, AskAgain: false }
            ? ValueTask.FromResult(new Admission(null, WithCallersTimeout(reply.Reject, request)))
            : ContinueAsync(request, asked, ValueTask.FromResult(reply), cancellationToken);
        return null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Admission> ContinueAsync(
        in AdmissionRequest request, AcquireRequest asked, ValueTask<AcquireReply> call, CancellationToken cancellationToken)
    {
        Registry.BeginKnowing(asked.Job);
        return AdmitUnlessCancelledAsync(request, asked, call, cancellationToken);
    }

    /// <summary>
    /// The job has ended: its lease is released in every pool of the chain. Completes with <see langword="true"/> when all of them have
    /// acknowledged the release; only then may the caller get the outcome. Completes with <see langword="false"/> after
    /// <see cref="PoolTimings.ReleaseTimeout"/> if a pool cannot be reached. The release continues in the background until it is
    /// acknowledged.
    /// </summary>
    public ValueTask<bool> EndAsync(Lease lease, LeaseOutcome outcome)
    {
        if (!Registry.Remove(lease))
            return ValueTask.FromResult(true);
        if (lease.LocalActor is { } local && Registry.IsGood(lease.Chain) && local.TryRelease(lease.Job, lease.Chain, outcome))
            return ValueTask.FromResult(true);
        var release = outbox.ReleaseAsync(lease.Chain, lease.Job, outcome);
        if (release.IsCompletedSuccessfully)
            return ValueTask.FromResult(true);
        var releasing = release.AsTask();
        background.Run("the release of a lease", KnowUntilAsync(releasing, lease.Job));
        return Within(releasing, ports.Timings.ReleaseTimeout);
    }

    private async Task KnowUntilAsync(Task releasing, JobId job)
    {
        Registry.BeginKnowing(job);
        try
        {
            await releasing;
        }
        finally
        {
            Registry.EndKnowing(job); // a share that was not released is found by reconciliation
        }
    }

    /// <summary>Replies to a new activation of a pool, which asks what runs here for the pool.</summary>
    public InventoryReply Inventory(InventoryRequest request)
    {
        Registry.See(request.Pool, request.Epoch);
        var newest = Registry.EpochOf(request.Pool);
        return newest > request.Epoch
            ? new InventoryReply(newest, [])
            : new InventoryReply(request.Epoch, Registry.Inventory(request.Pool));
    }

    /// <summary>Replies to a pool that asks which of its shares this node does not know.</summary>
    public ReconcileReply Reconcile(ReconcileRequest request)
    {
        Registry.See(request.Pool, request.Epoch);
        return new ReconcileReply(Registry.EpochOf(request.Pool), [.. request.Shares.Where(share => !Registry.Knows(request.Pool, share))]);
    }

    /// <summary>
    /// Kills the jobs that run here and are not being killed already. A repeated kill does nothing and returns the same count.
    /// </summary>
    public int Kill(KillRequest request)
    {
        if (kills.TryGet(request.Id, out var count))
            return count;
        foreach (var job in request.Jobs ?? Registry.Find(request.Pool, request.Target))
        {
            if (Registry.Find(job) is not { } lease || !lease.Chain.Contains(request.Pool) || lease.KilledBy is not null)
                continue;
            lease.KilledBy = request.Id;
            count++;
            ports.Jobs.Kill(job, request.Reason);
        }

        kills.Set(request.Id, count);
        return count;
    }

    /// <summary>The node leaves: releases that are not acknowledged are no longer repeated.</summary>
    public void Close() => outbox.Close();

    private JobId NextJob() => new(scope, ++lastJob);

    private bool TryEnter(Lease lease) => Registry.FirstUnknown(lease.Chain) is null && Registry.TryEnter(lease);

    private AcquireRequest Ask(JobId job, in AdmissionRequest request, TimeSpan budget, TimeSpan wait) => new()
    {
        Job = job,
        Node = Id,
        Seen = Registry.EpochOf(request.Pool),
        Name = request.Name,
        Bytes = request.Bytes,
        Priority = request.Priority,
        Wait = wait,
        IsTrial = request.IsTrial,
        Budget = budget,
        SelectorArgument = request.SelectorArgument,
    };

    private async ValueTask<Admission> AdmitUnlessCancelledAsync(
        AdmissionRequest request, AcquireRequest asked, ValueTask<AcquireReply> call, CancellationToken caller)
    {
        // A linked source would wait, when it is disposed, for a callback that runs on another thread. That one may wait for this turn.
        using var either = new CancellationTokenSource();
        var cancellationToken = either.Token;
        var (ofCaller, ofNode) = (caller.UnsafeRegister(Cancel, either), ports.Closing.UnsafeRegister(Cancel, either));
        try
        {
            return await AdmitPatientlyAsync(request, asked, call, cancellationToken);
        }
        finally
        {
            ofCaller.Unregister();
            ofNode.Unregister();
        }
    }

    /// <summary>The token may be cancelled in the moment in which its source is disposed.</summary>
    private static void Cancel(object? source)
    {
        try
        {
            ((CancellationTokenSource)source!).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request has its reply.
        }
    }

    private async ValueTask<Admission> AdmitPatientlyAsync(
        AdmissionRequest request, AcquireRequest asked, ValueTask<AcquireReply> call, CancellationToken cancellationToken)
    {
        var start = ports.Time.GetTimestamp();
        var total = request.PoolTimeout + request.Wait;
        JobRejected? last = null;
        for (var delay = ports.Timings.RetryDelay; ; delay = ports.Timings.Grow(delay))
        {
            try
            {
                var (admission, askAgain) = await TryAskAsync(asked, request.Pool, call, Left, cancellationToken);
                if (admission.Lease is not null)
                    return admission;
                if (!askAgain)
                    return new Admission(null, WithCallersTimeout(admission.Reject, request));
                last = admission.Reject ?? last;
            }
            finally
            {
                Registry.EndKnowing(asked.Job);
            }

            cancellationToken.ThrowIfCancellationRequested(); // here only: thousands may be cancelled at once, and each throw costs

            // The lease is from a replaced activation, or a call failed here or in a parent. Ask again while there is time.
            if (Left() <= delay)
                return new Admission(null, Rejects.Timeout(last?.Pool ?? request.Pool, request.PoolTimeout));
            await Task.Delay(delay, ports.Time, cancellationToken);
            var left = Left();
            asked = Ask(
                NextJob(),
                request,
                left < request.PoolTimeout ? left : request.PoolTimeout,
                left > request.PoolTimeout ? left - request.PoolTimeout : TimeSpan.Zero);
            Registry.BeginKnowing(asked.Job);
            call = links.AcquireAsync(request.Pool, asked);
        }

        TimeSpan Left() => total - ports.Time.GetElapsedTime(start) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Waits for the reply to one request. The admission has neither lease nor reject if there is no reply.</summary>
    private async ValueTask<(Admission Admission, bool AskAgain)> TryAskAsync(
        AcquireRequest asked,
        string pool,
        ValueTask<AcquireReply> call,
        Func<TimeSpan> left,
        CancellationToken cancellationToken)
    {
        var replying = call.AsTask();
        await ((Task)replying).WaitAsync(left(), ports.Time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!replying.IsCompletedSuccessfully)
        {
            // From now on an admission is too late. It is unknown whether one is on its way, so the request is withdrawn.
            var withdrawal = outbox.ReleaseAsync(pool, new ReleaseRequest(asked.Job, Route.Entry, LeaseOutcome.Withdrawn)).AsTask();
            await SettleIfCancelledAsync(() => Task.WhenAll(withdrawal, RefuseAsync(replying, asked.Job)), cancellationToken);
            return (default, true);
        }

        var reply = replying.Result;
        if (!reply.Admitted)
            return (new Admission(null, reply.Reject), reply.AskAgain);
        var chain = reply.Chain!;
        try
        {
            while (Registry.FirstUnknown(chain) is { } unknown)
            {
                if (await ports.Store.ReadAsync(unknown).AsTask().WaitAsync(left(), ports.Time, cancellationToken) is not { } stored)
                {
                    // The pool was removed, and the activation that admitted this job has not heard of it. Which activation that was is no
                    // longer known.
                    ReleaseUnused(chain, asked.Job);
                    return (new Admission(null, Rejects.NoSuchPool(unknown)), false);
                }

                Registry.Learn(unknown, stored.Record.Epoch);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            var release = ReleaseUnusedAsync(chain, asked.Job);
            await SettleIfCancelledAsync(() => release, cancellationToken);
            return (default, true);
        }

        var lease = new Lease(asked.Job, chain, asked.Name, asked.Bytes);
        if (Registry.TryEnter(lease))
            return (new Admission(lease, null!), false);
        ReleaseUnused(chain, asked.Job);
        return (default, true);
    }

    /// <summary>Parent pools get a smaller time budget; the reject reports the caller's own timeout.</summary>
    private static JobRejected WithCallersTimeout(JobRejected reject, in AdmissionRequest request)
        => reject.Reason == RejectReason.PoolTimeout ? Rejects.Timeout(reject.Pool, request.PoolTimeout) : reject;

    private void ReleaseUnused(PoolChain chain, JobId job)
        => background.Run("the release of an unused share", () => ReleaseUnusedAsync(chain, job));

    private Task ReleaseUnusedAsync(PoolChain chain, JobId job) => outbox.ReleaseAsync(chain, job, LeaseOutcome.Withdrawn).AsTask();

    /// <summary>Handles the late reply to a withdrawn request: an admission is released in the whole chain.</summary>
    private async Task RefuseAsync(Task<AcquireReply> replying, JobId job)
    {
        try
        {
            if ((await replying).Chain is { } chain)
                await ReleaseUnusedAsync(chain, job);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // No reply arrives. The withdrawal itself frees what the pool may hold.
        }
    }

    /// <summary>
    /// Cancellation completes only after every reachable pool in the chain has dropped the request and any share that it held, or after
    /// <see cref="PoolTimings.CallTimeout"/>.
    /// </summary>
    private async ValueTask SettleIfCancelledAsync(Func<Task> settling, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            await Within(settling(), ports.Timings.CallTimeout);
    }

    private async ValueTask<bool> Within(Task task, TimeSpan timeout)
    {
        await task.WaitAsync(timeout, ports.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return task.IsCompletedSuccessfully;
    }
}
