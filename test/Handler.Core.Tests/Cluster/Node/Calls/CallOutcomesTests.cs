using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>Outcomes are kept for their callers as far as there is room.</summary>
public sealed class CallOutcomesTests
{
    private const int MiB = 1 << 20;

    private readonly FakeTimeProvider time = new();
    private readonly NodeCapacity capacity = new(workers: 10, queued: 10, bytes: 100 * MiB, payloads: 2 * MiB);
    private readonly CallTable calls;
    private readonly CallOutcomes outcomes;
    private ulong next;

    public CallOutcomesTests()
    {
        calls = new CallTable(capacity);
        outcomes = new CallOutcomes(new NodeId("node"), capacity, calls);
    }

    [Fact]
    public void An_ended_call_holds_its_outcome_instead_of_its_request()
    {
        var call = Arrived(request: MiB);
        outcomes.End(call, Value(10_000));
        Assert.Equal(call.HeldBytes, capacity.Payloads);
        Assert.InRange(capacity.Payloads, 10_000, 11_000);
        Assert.Equal(10_000, call.Peek().Outcome!.Value.Length);
    }

    [Fact]
    public void A_value_without_room_is_dropped_and_its_caller_gets_the_reason()
    {
        outcomes.End(Arrived(), Value(MiB));
        var call = Arrived();
        outcomes.End(call, Value(MiB));
        Assert.Contains("MaxHeldPayloadBytes", Assert.IsType<JobFailed>(call.Peek().Outcome!.Failure).ExceptionMessage);
        Assert.InRange(capacity.Payloads, MiB, capacity.MaxPayloads);
        Assert.Contains($"value of {MiB} bytes", Assert.IsType<JobFailed>(outcomes.WhyNotKept(MiB)).ExceptionMessage);
        Assert.Null(outcomes.WhyNotKept(1_000)); // small values are always copied
    }

    [Fact]
    public void A_failure_without_room_loses_only_its_long_text()
    {
        outcomes.End(Arrived(), Value((2 * MiB) - 2_000));
        var call = Arrived();
        outcomes.End(call, EncodedOutcome.Of(new JobFailed("Type", "message", new string('x', MiB))));
        Assert.Equal(new JobFailed("Type", "message", ""), call.Peek().Outcome!.Failure);
    }

    [Fact]
    public void An_outcome_of_a_silent_caller_is_dropped_to_make_room()
    {
        var silent = Arrived();
        outcomes.End(silent, Value(MiB));
        time.Advance(NodeTimings.CallerSilence + TimeSpan.FromSeconds(1));
        Assert.Null(outcomes.WhyNotKept(MiB));
        Assert.Contains("was dropped", Assert.IsType<JobFailed>(silent.Peek().Outcome!.Failure).ExceptionMessage);
    }

    [Fact]
    public void A_call_that_was_moved_holds_only_its_reply()
    {
        var call = Arrived(request: MiB);
        var there = new CallReply(CallState.Asking, new NodeId("other"));
        outcomes.MoveTo(call, there);
        Assert.Equal(there, call.Peek());
        Assert.Equal(Tuning.Calls.Overhead, capacity.Payloads);
    }

    private static EncodedOutcome Value(int bytes) => new(null, new byte[bytes], null, null);

    private Call Arrived(int request = 0)
    {
        var arrived = new JobRequest { Call = new CallId(1, ++next), Options = JobOptions.Default, Function = new byte[request] };
        var call = new Call(arrived, new NodeId("node"), time);
        Assert.True(calls.TryAdd(call));
        Assert.Null(capacity.TryHold(call.HeldBytes));
        return call;
    }
}
