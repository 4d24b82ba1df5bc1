using Handler.Cluster;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;
using static Handler.Tests.Cluster.CallParts;

namespace Handler.Tests.Cluster;

/// <summary>How a call that a node has accepted comes to its end.</summary>
public sealed class CallRunnerTests : IAsyncLifetime
{
    private static readonly JobKilled Cancelled = new(KillCause.CallerCancelled, "why");

    private CallParts parts = null!;

    public async Task InitializeAsync()
    {
        parts = await CallParts.StartAsync();
        parts.Placement.Open();
    }

    public async Task DisposeAsync() => await parts.DisposeAsync();

    [Fact]
    public async Task A_job_without_a_pool_runs_and_its_call_ends_with_its_outcome()
    {
        var call = Run(Request());
        await parts.Started();
        Assert.Equal(CallState.Admitted, call.Peek().State);
        await parts.Throw("done");
        Assert.Equal("done", Assert.IsType<JobFailed>(await OutcomeOf(call)).ExceptionMessage);
        Assert.Empty(parts.Pool.Acquires);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_ends_only_when_its_pool_has_acknowledged_the_release()
    {
        var released = new TaskCompletionSource<ReleaseReply>();
        var asked = new TaskCompletionSource();
        parts.Pool.WhenReleased = _ =>
        {
            asked.SetResult();
            return released.Task;
        };
        var call = Run(Request(pool: "pool"));
        var outcome = OutcomeOf(call);
        await parts.Throw("done");
        await Wait.For(asked.Task, "the release of the share");
        Assert.False(outcome.IsCompleted);
        Assert.NotNull(call.Peek().Job);
        released.SetResult(new ReleaseReply(1));
        Assert.IsType<JobFailed>(await outcome);
        Assert.Equal(new LeaseOutcome(JobOutcomeKind.Failed), Assert.Single(parts.Pool.Releases).Outcome);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_that_its_pool_rejects_ends_with_the_reject()
    {
        var reject = new JobRejected("pool", RejectReason.QueueFull, 1, 1, 1);
        parts.Pool.WhenAsked = _ => Task.FromResult(AcquireReply.No(reject));
        Assert.Equal(reject, await OutcomeOf(Run(Request(pool: "pool"))));
        Assert.Empty(parts.Pool.Releases);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_job_that_is_too_large_for_every_node_is_rejected_before_its_pool_is_asked()
    {
        var reject = Assert.IsType<JobRejected>(await OutcomeOf(Run(Request(pool: "pool", bytes: 200 * MiB))));
        Assert.Equal((null, 100 * MiB), (reject.Pool, reject.Limit));
        Assert.Empty(parts.Pool.Acquires);
    }

    [Fact]
    public async Task A_job_that_is_too_large_for_this_node_moves_to_another_before_its_pool_is_asked()
    {
        parts.Loads = static () => [RoomAt(Other)];
        var call = Run(Request(pool: "pool", bytes: 200 * MiB, waitMs: 10_000));
        Assert.Equal(Other, (await Wait.For(call.ListenAsync())).Node);
        Assert.Empty(parts.Pool.Acquires);
        Assert.True(Assert.Single(parts.HandedOver).HandedOver);
    }

    [Fact]
    public async Task A_job_that_finds_this_node_full_moves_on_and_its_share_is_withdrawn()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        var call = Run(Request(pool: "pool", waitMs: 10_000));
        Assert.Equal(Other, (await Wait.For(call.ListenAsync())).Node);
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(parts.Pool.Releases).Outcome);
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(parts.HandedOver).Options.Wait);
        Assert.Equal(Tuning.Calls.Overhead, parts.Capacity.Payloads);
    }

    [Fact]
    public async Task A_job_that_may_not_wait_is_rejected_if_every_node_is_full()
    {
        parts.Fill();
        var reject = Assert.IsType<JobRejected>(await OutcomeOf(Run(Request(pool: "pool"))));
        Assert.Equal((null, RejectReason.NoWorkersAvailable), (reject.Pool, reject.Reason));
        Assert.Single(parts.Pool.Releases);
    }

    [Fact]
    public async Task A_job_that_may_wait_asks_its_pool_again_once_it_has_got_room()
    {
        var places = parts.Fill();
        var call = Run(Request(pool: "pool", waitMs: 60_000));
        for (var i = 0; i < 5; i++)
            await parts.Time.PassAsync(TimeSpan.FromMilliseconds(100));
        Assert.Single(parts.Pool.Acquires);
        parts.Capacity.Give(places[0]);
        await parts.Throw("done");
        Assert.IsType<JobFailed>(await OutcomeOf(call));
        Assert.Equal(TimeSpan.Zero, parts.Pool.Acquires.Last().Wait); // others could use the room that it holds meanwhile
        Assert.Equal(2, parts.Pool.Acquires.Count);
    }

    [Fact]
    public async Task A_call_that_waits_for_room_gets_its_turn_before_a_later_flood_of_another_pool()
    {
        var places = parts.Fill();
        var flood = Enumerable.Range(10, 20).Select(call => Run(Waiting((ulong)call, "flood"))).ToList();
        var call = Run(Waiting(1, "pool"));
        var late = Enumerable.Range(40, 20).Select(call => Run(Waiting((ulong)call, "flood"))).ToList();
        await Wait.Until(() => flood.Append(call).Concat(late).All(static each => each.RoomWaiter is not null), "all calls to wait");
        parts.Capacity.Give(places[0]);
        parts.Capacity.Give(places[1]);
        await parts.Started();
        await Wait.Until(() => call.Peek().State == CallState.Admitted, "the job to be admitted");
        Assert.Single(flood.Concat(late), static each => each.HasRoom || each.RoomWaiter is null or { HasRoom: true });
        StopAll([call, .. flood, .. late]);
    }

    [Fact]
    public async Task A_call_that_is_stopped_while_it_waits_for_room_leaves_the_queue()
    {
        var places = parts.Fill();
        var call = Run(Waiting(1, "pool"));
        await Wait.Until(() => call.RoomWaiter is not null, "the call to wait");
        call.Stop(new StopRequest(Cancelled, Immediately: true));
        Assert.Equal(Cancelled, await OutcomeOf(call));
        Assert.Single(parts.Pool.Acquires);
        places.ForEach(parts.Capacity.Give);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_leaves_the_queue_when_its_node_closes()
    {
        var places = parts.Fill();
        var call = Run(Waiting(1, "pool"));
        await Wait.Until(() => call.RoomWaiter is not null, "the call to wait");
        parts.Placement.Close();
        var reply = await parts.Time.For(call.ListenAsync());
        Assert.Equal(RejectReason.NoWorkersAvailable, Assert.IsType<JobRejected>(reply.Outcome!.Failure).Reason);
        places.ForEach(parts.Capacity.Give);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_that_waits_for_room_moves_on_when_another_node_has_some()
    {
        var places = parts.Fill();
        var call = Run(Waiting(1, "pool"));
        await Wait.Until(() => call.RoomWaiter is not null, "the call to wait");
        parts.Loads = static () => [RoomAt(Other)];
        Assert.Equal(Other, (await parts.Time.For(call.ListenAsync())).Node);
        places.ForEach(parts.Capacity.Give);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_gets_the_room_of_a_large_payload()
    {
        parts.Capacity.Hold(9 * MiB);
        var call = Run(Waiting(1, "pool", 95 * MiB));
        await Wait.Until(() => call.RoomWaiter is not null, "the call to wait");
        parts.Capacity.LetGo(9 * MiB);
        await parts.Throw("done");
        Assert.IsType<JobFailed>(await OutcomeOf(call));
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_whose_pool_is_full_when_it_has_got_room_gives_it_back_and_waits_in_its_pool()
    {
        var places = parts.Fill();
        var call = Run(Waiting(1, "pool"));
        await Wait.Until(() => call.RoomWaiter is not null, "the call to wait");
        var admitted = new TaskCompletionSource<AcquireReply>();
        var full = AcquireReply.No(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 1, 1));
        parts.Pool.WhenAsked = request => request.Wait == TimeSpan.Zero ? Task.FromResult(full) : admitted.Task;
        await parts.Time.PassAsync(TimeSpan.FromMilliseconds(100));
        places.ForEach(parts.Capacity.Give);
        await Wait.Until(() => parts.Pool.Acquires.Count == 3, "the pool to be asked again");
        Assert.Equal((false, 0), (call.HasRoom, parts.Capacity.Jobs));
        Assert.Equal(TimeSpan.FromMilliseconds(59_900), parts.Pool.Acquires.Last().Wait);
        Assert.Equal([false, true, false], parts.Pool.Acquires.Select(static request => request.IsTrial));
        admitted.SetResult(parts.Pool.Admit(parts.Pool.Acquires.Last()));
        await parts.Throw("done");
        Assert.IsType<JobFailed>(await OutcomeOf(call));
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_job_that_finds_no_room_until_its_time_is_up_is_rejected_for_what_its_node_lacks()
    {
        parts.Fill();
        var call = Run(Request(pool: "pool", waitMs: 250));
        for (var i = 0; i < 3; i++)
            await parts.Time.PassAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(RejectReason.NoWorkersAvailable, Assert.IsType<JobRejected>(await OutcomeOf(call)).Reason);
        Assert.Equal(2, parts.Capacity.Jobs); // those that fill the node
    }

    [Fact]
    public async Task A_call_that_is_stopped_while_it_waits_for_its_pool_withdraws_its_request()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        parts.Pool.WhenAsked = _ => reply.Task;
        var call = Run(Request(pool: "pool", waitMs: 10_000));
        call.Stop(new StopRequest(Cancelled, Immediately: false));
        reply.SetResult(parts.Pool.Admit(Assert.Single(parts.Pool.Acquires))); // too late: it is released
        Assert.Equal(Cancelled, await OutcomeOf(call));
        Assert.All(parts.Pool.Releases, static release => Assert.Equal(LeaseOutcome.Withdrawn, release.Outcome));
        Assert.Equal(2, parts.Pool.Releases.Count);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_running_job_that_is_stopped_immediately_is_killed()
    {
        var call = Run(Request());
        await parts.Started();
        call.Stop(new StopRequest(Cancelled, Immediately: true));
        Assert.Equal(Cancelled, await OutcomeOf(call));
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_waiting_call_moves_to_another_node_when_this_one_leaves_even_if_it_was_handed_over()
    {
        parts.Pool.WhenAsked = static _ => new TaskCompletionSource<AcquireReply>().Task;
        parts.Loads = static () => [RoomAt(Other)];
        var call = Run(Request(pool: "pool", waitMs: 10_000) with { HandedOver = true });
        parts.Placement.Close();
        await parts.Runner.LeaveAsync();
        await parts.Time.PassAsync(PoolTimings.Default.CallTimeout); // the pool has not replied to the withdrawn request
        Assert.Equal(Other, (await Wait.For(call.ListenAsync())).Node);
    }

    [Fact]
    public async Task A_waiting_call_is_rejected_when_this_node_leaves_and_no_other_accepts_it()
    {
        parts.Pool.WhenAsked = static _ => new TaskCompletionSource<AcquireReply>().Task;
        var call = Run(Request(pool: "pool", waitMs: 10_000));
        parts.Placement.Close();
        await parts.Runner.LeaveAsync();
        await parts.Time.PassAsync(PoolTimings.Default.CallTimeout);
        Assert.Equal(0, Assert.IsType<JobRejected>(await OutcomeOf(call)).Limit);
    }

    [Fact]
    public async Task A_call_that_was_handed_over_is_not_handed_over_again_while_this_node_is_open()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        Assert.IsType<JobRejected>(await OutcomeOf(Run(Request(pool: "pool") with { HandedOver = true })));
        Assert.Empty(parts.HandedOver);
    }

    [Fact]
    public async Task A_call_is_unknown_here_if_it_is_unknown_whether_another_node_has_it()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        parts.WhenHandedOver = static _ => Task.FromException<CallReply>(new TimeoutException());
        var reply = await Wait.For(Run(Request(pool: "pool")).ListenAsync());
        Assert.Equal((CallState.Unknown, Self), (reply.State, reply.Node));
        Assert.Single(parts.LoggedLines, static line => line.Exception is TimeoutException);
    }

    [Theory]
    [InlineData(KillCause.CallerCancelled, CallState.Ended)]
    [InlineData(KillCause.Shutdown, CallState.Unknown)]
    public async Task A_stop_while_a_hand_over_fails_ends_the_call_only_if_it_has_reached_all_nodes(KillCause cause, object state)
    {
        parts.Fill();
        var handed = new TaskCompletionSource<CallReply>();
        parts.Loads = static () => [RoomAt(Other)];
        parts.WhenHandedOver = _ => handed.Task;
        var call = Run(Request(pool: "pool"));
        call.Stop(new StopRequest(new JobKilled(cause, "why"), Immediately: true));
        handed.SetException(new TimeoutException());
        Assert.Equal(state, (await Wait.For(call.ListenAsync())).State);
    }

    [Fact]
    public async Task A_node_that_does_not_know_a_call_that_was_handed_to_it_has_not_accepted_it()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        parts.WhenHandedOver = static _ => Task.FromResult(new CallReply(CallState.Unknown, Other));
        Assert.IsType<JobRejected>(await OutcomeOf(Run(Request(pool: "pool"))));
    }

    [Fact]
    public async Task A_job_that_arrives_at_a_closed_node_is_killed_and_its_share_is_withdrawn()
    {
        await parts.CloseNode();
        var failure = await OutcomeOf(Run(Request(pool: "pool")));
        Assert.Equal(parts.Runner.ShuttingDown(), failure);
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(parts.Pool.Releases).Outcome);
        parts.AssertIsIdle();
    }

    [Fact]
    public async Task A_call_that_cannot_be_run_is_lost_and_logged()
    {
        parts.Loads = static () => throw new InvalidOperationException("a bug");
        var failure = await OutcomeOf(Run(Request(bytes: 200 * MiB)));
        Assert.Contains("a bug", Assert.IsType<JobLost>(failure).Reason);
        Assert.Single(parts.LoggedLines, static line => line.Exception is InvalidOperationException);
        parts.AssertIsIdle();
    }

    private static JobRequest Waiting(ulong call, string pool, long bytes = MiB)
        => Request(call: call, pool: pool, bytes: bytes, waitMs: 60_000);

    private static void StopAll(List<Call> calls) => calls.ForEach(static call => call.Stop(new StopRequest(Cancelled, Immediately: true)));

    private Call Run(JobRequest request)
    {
        var call = parts.Arrived(request);
        parts.Runner.Run(call, new EncodedFunction(request.Function, new FunctionRunTimes()));
        return call;
    }

    private static async Task<JobFailure?> OutcomeOf(Call call)
    {
        var reply = await Wait.For(call.ListenAsync());
        Assert.Equal(CallState.Ended, reply.State);
        return reply.Outcome!.Failure;
    }
}
