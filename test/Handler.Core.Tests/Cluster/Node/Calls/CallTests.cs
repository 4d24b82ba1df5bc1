using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>A node's record of one call.</summary>
public sealed class CallTests
{
    private static readonly EncodedOutcome Outcome = new(null, new byte[Tuning.Calls.MaxPartBytes + 10], null, null);

    private readonly FakeTimeProvider time = new();
    private readonly Call call;

    public CallTests() => call = NewCall(replyWhenAdmitted: false);

    [Fact]
    public async Task A_poll_returns_when_the_job_ends_and_not_when_it_is_admitted()
    {
        var poll = call.ListenAsync();
        call.Admit(new JobId(1, 1));
        Assert.False(poll.IsCompleted);
        call.End(Outcome);
        Assert.Equal((CallState.Ended, 10), ((await poll).State, (await poll).Rest));
        Assert.Equal(CallState.Ended, (await call.ListenAsync()).State);
    }

    [Fact]
    public async Task A_poll_returns_once_at_admission_if_the_caller_asks_for_it()
    {
        var asking = NewCall(replyWhenAdmitted: true);
        var poll = asking.ListenAsync();
        asking.Admit(new JobId(1, 1));
        Assert.Equal((CallState.Admitted, new JobId(1, 1)), ((await poll).State, (await poll).Job));
        Assert.False(asking.ListenAsync().IsCompleted);
    }

    [Fact]
    public void A_value_is_fetched_in_parts_until_the_caller_has_all()
    {
        Assert.Equal(0, call.Fetch(0, out var hasAll).Bytes.Length);
        Assert.False(hasAll);
        call.End(Outcome);
        Assert.Equal(10, call.Fetch(Tuning.Calls.MaxPartBytes, out hasAll).Bytes.Length);
        Assert.False(hasAll);
        Assert.Equal(0, call.Fetch(Tuning.Calls.MaxPartBytes + 10, out hasAll).Bytes.Length);
        Assert.True(hasAll);
    }

    [Fact]
    public void The_first_stop_counts_but_an_immediate_stop_overrides_a_graceful_one()
    {
        var stops = new List<StopRequest>();
        var (gentle, second, immediate) = (Stop(atOnce: false), Stop(atOnce: false), Stop(atOnce: true));
        call.Stop(gentle);
        call.OnStop(stops.Add); // it was stopped already
        call.Stop(second);
        call.Stop(immediate);
        call.Stop(Stop(atOnce: true));
        Assert.Equal([gentle, immediate], stops);
        Assert.Same(immediate.Why, call.Stopped);
    }

    [Fact]
    public void A_call_that_has_ended_is_not_stopped()
    {
        call.End(Outcome);
        call.OnStop(static _ => Assert.Fail("It has ended."));
        call.Stop(Stop(atOnce: true));
        Assert.Null(call.Stopped);
    }

    [Fact]
    public void An_ended_call_is_awaited_until_its_caller_falls_silent_and_is_left_after_that()
    {
        Assert.False(call.IsAwaited || call.IsLeft);
        call.End(Outcome);
        Assert.True(call.IsAwaited && !call.IsLeft);
        time.Advance(NodeTimings.CallerSilence + TimeSpan.FromMilliseconds(1));
        Assert.True(!call.IsAwaited && call.IsLeft);
        call.Fetch(0, out _);
        Assert.True(call.IsAwaited && !call.IsLeft);
    }

    [Fact]
    public void The_time_that_a_call_may_wait_starts_at_its_arrival()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), call.WaitLeft);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(6), call.WaitLeft);
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.Zero, call.WaitLeft);
    }

    private static StopRequest Stop(bool atOnce) => new(JobKilled.ShuttingDown(), atOnce);

    private Call NewCall(bool replyWhenAdmitted) => new(
        new JobRequest
        {
            Call = new CallId(1, 1),
            Options = JobOptions.Default with { Wait = TimeSpan.FromSeconds(10) },
            Function = default,
            ReplyWhenAdmitted = replyWhenAdmitted,
        },
        new NodeId("node"),
        time);
}
