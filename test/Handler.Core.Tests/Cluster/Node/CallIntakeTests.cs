using Handler.Cluster;
using Handler.Pools;
using static Handler.Tests.Cluster.CallParts;

namespace Handler.Tests.Cluster;

/// <summary>Which calls a node accepts when they arrive, and to whom it hands the others.</summary>
public sealed class CallIntakeTests : IAsyncLifetime
{
    private CallParts parts = null!;

    public async Task InitializeAsync()
    {
        parts = await CallParts.StartAsync();
        parts.Placement.Open();
    }

    public async Task DisposeAsync() => await parts.DisposeAsync();

    [Fact]
    public async Task An_accepted_call_is_known_and_its_reply_is_that_of_its_end()
    {
        var reply = parts.Intake.SubmitAsync(Request());
        await parts.Throw("done");
        Assert.IsType<JobFailed>((await Wait.For(reply)).Outcome!.Failure);
        Assert.True(parts.Calls.Find(Request().Call)!.IsDelivered);
        Assert.Equal(0, parts.Capacity.Payloads);
        parts.AssertIsIdle();
    }

    [Theory]
    [InlineData(1 << 20, 0, true)]
    [InlineData((1 << 20) + 1, 0, false)]
    [InlineData(1, (1 << 19) + 1, false)]
    public async Task A_request_with_a_payload_or_texts_that_are_too_large_is_rejected_on_arrival(int payload, int name, bool accepted)
    {
        var request = Request(payload: payload, bytes: 200 * MiB);
        request = request with { Options = request.Options with { Name = new string('a', name) } };
        var reject = await RejectOf(request);
        Assert.Equal(accepted ? RejectReason.InsufficientMemory : RejectReason.PayloadTooLarge, reject.Reason);
        AssertHoldsNothing();
    }

    [Fact]
    public async Task A_request_that_cannot_be_held_is_rejected_on_arrival()
    {
        parts.Capacity.Hold(10 * MiB);
        var reject = await RejectOf(Request());
        Assert.Equal((RejectReason.InsufficientMemory, 10 * MiB), (reject.Reason, reject.Limit));
        Assert.Equal(10 * MiB, parts.Capacity.Payloads);
    }

    [Fact]
    public async Task A_call_that_arrives_twice_is_accepted_once()
    {
        var first = parts.Intake.SubmitAsync(Request());
        var (jobs, payloads) = (parts.Capacity.Jobs, parts.Capacity.Payloads);
        var second = await Wait.For(parts.Intake.SubmitAsync(Request()));
        Assert.Equal((CallState.Unknown, Self), (second.State, second.Node));
        Assert.Equal((jobs, payloads), (parts.Capacity.Jobs, parts.Capacity.Payloads));
        await parts.Throw("done");
        await Wait.For(first);
    }

    [Fact]
    public async Task A_call_that_was_given_up_before_it_arrived_is_refused()
    {
        parts.Calls.FindOrRefuse(Request().Call);
        Assert.Equal(CallState.Unknown, (await Wait.For(parts.Intake.SubmitAsync(Request()))).State);
        AssertHoldsNothing();
    }

    [Fact]
    public async Task A_full_node_hands_a_call_over_and_does_not_keep_it()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other, workers: 0)];
        var handed = new TaskCompletionSource<CallReply>();
        parts.WhenHandedOver = _ => handed.Task;
        var reply = parts.Intake.SubmitAsync(Request());
        Assert.True(parts.Calls.IsOffered(Request().Call));
        handed.SetResult(new CallReply(CallState.Asking, Other));
        Assert.Equal(Other, (await Wait.For(reply)).Node);
        Assert.False(parts.Calls.IsOffered(Request().Call));
        Assert.Null(parts.Calls.Find(Request().Call));
        Assert.Equal(0, parts.Capacity.Payloads);
    }

    [Fact]
    public async Task A_full_node_rejects_a_call_that_no_other_node_accepts()
    {
        parts.Fill();
        var reject = await RejectOf(Request());
        Assert.Equal((null, RejectReason.NoWorkersAvailable, 2), (reject.Pool, reject.Reason, reject.Used));
        Assert.Equal(0, parts.Capacity.Payloads);
    }

    [Fact]
    public async Task A_hand_over_that_fails_fails_the_call_and_nothing_stays_held_or_offered()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        parts.WhenHandedOver = static _ => Task.FromException<CallReply>(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => Wait.For(parts.Intake.SubmitAsync(Request())));
        Assert.False(parts.Calls.IsOffered(Request().Call));
        Assert.Equal(0, parts.Capacity.Payloads);
    }

    [Fact]
    public async Task A_call_that_was_handed_over_is_neither_offered_nor_handed_over_again()
    {
        parts.Fill();
        parts.Loads = static () => [RoomAt(Other)];
        await RejectOf(Request() with { HandedOver = true });
        Assert.Empty(parts.HandedOver);
        Assert.False(parts.Calls.IsOffered(Request().Call));
    }

    [Fact]
    public async Task A_job_that_may_wait_for_its_pool_is_accepted_although_the_node_is_full()
    {
        parts.Fill();
        parts.Pool.WhenAsked = static _ => new TaskCompletionSource<AcquireReply>().Task;
        _ = parts.Intake.SubmitAsync(Request(pool: "pool", waitMs: 60_000));
        await Wait.Until(() => parts.Pool.Acquires.Count == 1, "the pool to be asked");
        Assert.NotNull(parts.Calls.Find(Request().Call));
        await RejectOf(Request(call: 2, pool: "pool"));
        await RejectOf(Request(call: 3, waitMs: 60_000)); // it has no pool to wait for
    }

    [Fact]
    public async Task A_job_that_may_wait_is_offered_to_a_node_with_more_memory_first()
    {
        Assert.Null(parts.TryFill(90 * MiB, out _));
        parts.Loads = static () => [RoomAt(Other)];
        var reply = await Wait.For(parts.Intake.SubmitAsync(Request(pool: "pool", bytes: 20 * MiB, waitMs: 60_000)));
        Assert.Equal(Other, reply.Node);
        Assert.Empty(parts.Pool.Acquires);
    }

    [Fact]
    public async Task A_crowded_node_hands_a_slow_job_to_a_node_with_a_free_worker_only()
    {
        Assert.Null(parts.TryFill(MiB, out _));
        parts.Loads = static () => [RoomAt(Other, workers: 0)];
        _ = parts.Intake.SubmitAsync(Request());
        await parts.Started();
        Assert.Empty(parts.HandedOver);
        parts.Loads = static () => [RoomAt(Other)];
        Assert.Equal(Other, (await Wait.For(parts.Intake.SubmitAsync(Request(call: 2)))).Node);
    }

    [Fact]
    public async Task A_job_that_fits_on_no_node_is_rejected()
    {
        Assert.Equal(100 * MiB, (await RejectOf(Request(pool: "pool", bytes: 200 * MiB, waitMs: 60_000))).Limit);
        Assert.Empty(parts.Pool.Acquires);
        AssertHoldsNothing();
    }

    [Fact]
    public async Task A_closed_node_hands_calls_over_and_rejects_those_that_no_other_accepts()
    {
        parts.Placement.Close();
        Assert.Equal(0, (await RejectOf(Request(pool: "pool", waitMs: 60_000))).Limit);
        parts.Loads = static () => [RoomAt(Other)];
        Assert.Equal(Other, (await Wait.For(parts.Intake.SubmitAsync(Request()))).Node);
        AssertHoldsNothing();
    }

    [Fact]
    public async Task A_node_that_was_unresponsive_accepts_nothing_if_it_was_declared_dead()
    {
        parts.Time.Advance(NodeTimings.UnresponsiveAfter + TimeSpan.FromSeconds(1));
        parts.IsDead = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Wait.For(parts.Intake.SubmitAsync(Request())));
        Assert.Null(parts.Calls.Find(Request().Call));
        AssertHoldsNothing();
    }

    [Theory]
    [InlineData(CallState.Ended, 0, "self", true)]
    [InlineData(CallState.Ended, 1, "self", false)]
    [InlineData(CallState.Unknown, 0, "self", true)]
    [InlineData(CallState.Asking, 0, "self", false)]
    [InlineData(CallState.Admitted, 0, "self", false)]
    [InlineData(CallState.Asking, 0, "other", true)]
    public void An_outcome_counts_as_delivered_once_this_node_has_nothing_more_to_report(
        object state, int rest, string node, bool delivered)
    {
        var call = parts.Arrived(Request());
        var reply = new CallReply((CallState)state, new NodeId(node), Rest: rest);
        Assert.Same(reply, parts.Intake.Deliver(call, reply));
        Assert.Equal(delivered, call.IsDelivered);
    }

    private void AssertHoldsNothing()
    {
        Assert.Equal((0, 0), (parts.Capacity.Jobs, parts.Capacity.Payloads));
        Assert.Empty(parts.Calls.All);
    }

    private async Task<JobRejected> RejectOf(JobRequest request)
    {
        var reply = await Wait.For(parts.Intake.SubmitAsync(request));
        Assert.Equal((CallState.Ended, Self), (reply.State, reply.Node));
        return Assert.IsType<JobRejected>(reply.Outcome!.Failure);
    }
}
