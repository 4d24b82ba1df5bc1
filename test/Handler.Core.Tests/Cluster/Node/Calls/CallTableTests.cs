using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>The calls that a node knows, and how long it keeps them.</summary>
public sealed class CallTableTests
{
    private const long MiB = 1 << 20;

    private readonly FakeTimeProvider time = new();
    private readonly NodeCapacity capacity = new(workers: 10, queued: 10, bytes: 100 * MiB, payloads: 4 * MiB);
    private readonly CallTable calls;
    private ulong next;

    public CallTableTests() => calls = new CallTable(capacity);

    [Fact]
    public void A_call_is_added_once()
    {
        var call = NewCall();
        Assert.True(calls.TryAdd(call));
        Assert.False(calls.TryAdd(call));
        Assert.Same(call, calls.Find(call.Id));
    }

    [Fact]
    public void A_call_that_was_refused_before_it_arrived_is_not_added()
    {
        var call = NewCall();
        Assert.Null(calls.Find(call.Id));
        Assert.Null(calls.FindOrRefuse(call.Id));
        Assert.False(calls.TryAdd(call));
        Assert.Null(calls.Find(call.Id));
    }

    [Fact]
    public void A_call_is_offered_until_the_offer_ends_or_it_is_added()
    {
        var call = NewCall();
        Assert.Null(calls.OfferOf(call.Id));
        calls.BeginOffer(call.Id);
        calls.BeginOffer(call.Id);
        var offer = calls.OfferOf(call.Id)!;
        Assert.True(calls.IsOffered(call.Id) && !offer.IsCompleted);
        Assert.True(calls.TryAdd(call));
        Assert.False(calls.IsOffered(call.Id));
        calls.EndOffer(call.Id);
        calls.EndOffer(call.Id);
        Assert.True(offer.IsCompleted);
        Assert.Null(calls.OfferOf(call.Id));
    }

    [Fact]
    public async Task A_long_poll_ends_after_its_time_and_the_call_continues()
    {
        var call = Added();
        var poll = call.ListenAsync();
        Sweep(NodeTimings.LongPoll - TimeSpan.FromMilliseconds(1));
        Assert.False(poll.IsCompleted);
        Sweep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(CallState.Asking, (await poll).State);
        Assert.Null(call.Stopped);
    }

    [Fact]
    public void The_job_of_a_silent_caller_is_stopped_unless_it_is_detached()
    {
        var (silent, detached) = (Added(), Added());
        detached.Detach();
        Sweep(NodeTimings.CallerSilence);
        Assert.Null(silent.Stopped);
        Sweep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(KillCause.CallerGone, silent.Stopped!.Cause);
        Assert.Null(detached.Stopped);
    }

    [Fact]
    public void Time_in_which_the_node_was_unresponsive_does_not_count_as_caller_silence()
    {
        var call = Added();
        Sweep(NodeTimings.CallerSilence + TimeSpan.FromSeconds(1), unresponsive: TimeSpan.FromSeconds(2));
        Assert.Null(call.Stopped);
    }

    [Fact]
    public void An_outcome_that_is_not_fetched_is_forgotten_and_no_longer_held_after_a_while()
    {
        var call = Added();
        End(call, 1_000);
        Sweep(NodeTimings.OutcomeKept);
        Assert.NotNull(calls.Find(call.Id));
        Sweep(TimeSpan.FromMilliseconds(1));
        Assert.Null(calls.Find(call.Id));
        Assert.Equal(0, capacity.Payloads);
    }

    [Fact]
    public void A_delivered_outcome_is_no_longer_held_but_its_call_stays_known_up_to_a_limit()
    {
        var first = Added();
        End(first, 1_000);
        calls.Delivered(first);
        calls.Delivered(first);
        Assert.Equal(0, capacity.Payloads);
        Assert.Same(first, calls.Find(first.Id));
        for (var i = 0; i < 4_096; i++)
        {
            var other = Added();
            End(other, 0);
            calls.Delivered(other);
        }

        Assert.Null(calls.Find(first.Id));
        Assert.Equal(4_096, calls.All.Count());
        Assert.Equal(0, capacity.Payloads);
    }

    [Fact]
    public void Large_delivered_outcomes_are_kept_up_to_a_byte_limit_and_the_last_one_is_always_kept()
    {
        var (first, last) = (Added(), Added());
        foreach (var call in new[] { first, last })
        {
            End(call, 20 << 20);
            calls.Delivered(call);
        }

        Assert.Null(calls.Find(first.Id));
        Assert.Same(last, calls.Find(last.Id));
    }

    [Fact]
    public void Room_is_made_by_dropping_the_oldest_large_outcome_of_a_silent_caller()
    {
        var (small, old, newer) = (Added(), Added(), Added());
        End(small, 1_000);
        time.Advance(TimeSpan.FromSeconds(1));
        End(old, MiB);
        time.Advance(TimeSpan.FromSeconds(1));
        End(newer, MiB);
        Assert.False(calls.TryMakeRoom(2 * MiB, Dropped)); // their callers were there a moment ago
        time.Advance(NodeTimings.CallerSilence);
        Assert.True(calls.TryMakeRoom(2 * MiB, Dropped));
        Assert.IsType<JobExited>(old.Peek().Outcome!.Failure);
        Assert.All([small, newer], call => Assert.IsType<JobKilled>(call.Peek().Outcome!.Failure));
        Assert.True(capacity.Payloads <= capacity.MaxPayloads);
    }

    [Fact]
    public void No_room_is_made_if_dropping_all_outcomes_would_not_suffice()
    {
        var call = Added();
        End(call, MiB);
        time.Advance(NodeTimings.CallerSilence + TimeSpan.FromSeconds(1));
        Assert.False(calls.TryMakeRoom(5 * MiB, Dropped));
    }

    private static EncodedOutcome Dropped(Call call) => EncodedOutcome.Of(new JobExited(1, null, "dropped"));

    private Call NewCall()
        => new(new JobRequest { Call = new CallId(1, ++next), Options = JobOptions.Default, Function = default }, new NodeId("node"), time);

    private Call Added()
    {
        var call = NewCall();
        Assert.True(calls.TryAdd(call));
        return call;
    }

    /// <summary>Ends a call with a value of this size, which is held.</summary>
    private void End(Call call, long bytes)
    {
        var outcome = new EncodedOutcome(JobKilled.ShuttingDown(), new byte[bytes], null, null);
        call.HeldBytes = outcome.KeptBytes;
        capacity.Hold(call.HeldBytes);
        call.End(outcome);
    }

    private void Sweep(TimeSpan after, TimeSpan unresponsive = default)
    {
        time.Advance(after);
        calls.Sweep(time.GetTimestamp(), (long)(unresponsive.TotalSeconds * time.TimestampFrequency));
    }
}
