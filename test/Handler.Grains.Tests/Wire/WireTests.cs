using Handler.Cluster;
using Handler.Grains.Wire;
using Handler.Pools;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Handler.Grains.Tests;

/// <summary>Data from a client or silo of another version.</summary>
public sealed class WireTests
{
    public static TheoryData<string, Action> Unknown => new()
    {
        { "CallState 99", () => new CallReplyConverter().ConvertFromSurrogate(new CallReplyWire { State = 99 }) },
        { "KillCause 99", () => new StopConverter().ConvertFromSurrogate(new StopWire { Cause = 99, Reason = "" }) },
        { "JobOutcomeKind 99", () => new ReleaseRequestConverter().ConvertFromSurrogate(new ReleaseRequestWire { Kind = 99 }) },
        { "RejectReason 99", () => new ReleaseRequestConverter().ConvertFromSurrogate(new ReleaseRequestWire { Kind = 8, Reason = 99 }) },
        { "RejectReason 98", () => new JobRejectedConverter().ConvertFromSurrogate(new JobRejectedWire { Pool = "pool", Reason = 98 }) },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public void An_unknown_value_is_named_together_with_the_known_ones(string name, Action read)
    {
        var exception = Assert.Throws<HandlerProtocolException>(read);
        Assert.Contains($"A message has the {name}, which this version of Handler does not know; it knows ", exception.Message);
        Assert.Contains("compatible versions", exception.Message);
    }

    [Theory]
    [InlineData(0, 0, 0, "JobOutcomeKind 0")]
    [InlineData(99, 0, 0, "JobOutcomeKind 99")]
    [InlineData((int)JobOutcomeKind.OutOfMemory, 99, 0, "MemoryLimitSource 99")]
    [InlineData((int)JobOutcomeKind.Rejected, 0, 98, "RejectReason 98")]
    public void An_unknown_outcome_is_lost_and_makes_nothing_else_unreadable(int kind, int code, int reason, string name)
    {
        var wire = new EncodedOutcomeWire { Kind = kind, Code = code, Reject = new JobRejectedWire { Reason = reason } };
        var lost = Assert.IsType<JobLost>(new EncodedOutcomeConverter().ConvertFromSurrogate(wire).Failure);
        Assert.Contains($"The job's outcome cannot be read: A message has the {name}, which", lost.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void An_impossible_size_is_reported_with_its_range(int rest)
    {
        var read = () => new CallReplyConverter().ConvertFromSurrogate(new CallReplyWire { State = (int)CallState.Ended, Rest = rest });
        Assert.Contains($"has {rest} bytes as its Rest; it must be between 0 and", Assert.Throws<HandlerProtocolException>(read).Message);
    }

    public static TheoryData<JobFailure> Failures =>
    [
        new JobFailed("type", "message", "text"),
        new JobFailed("type", "message", "text") { Hardening = "DenyProcesses" },
        new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
        new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) { Clock = TimeLimitClock.CpuTime },
        new JobOutOfMemory(1, 2, MemoryLimitSource.Watchdog),
        new JobOutOfMemory(1, 2, MemoryLimitSource.EndedProcess),
        new JobLimitExceeded(CountedLimit.MaxProcesses, 1, 2, LimitEnforcer.Watchdog),
        new JobLimitExceeded(CountedLimit.MaxFileBytes, 1, 2, LimitEnforcer.Kernel),
        new JobOutOfMemory(1, 2, MemoryLimitSource.ControlGroup) { IsDefaultLimit = true },
        new JobExited(3, null, null),
        new JobExited(null, 9, "reason"),
        new JobExited(null, null, "reason"),
        new JobKilled(KillCause.Shutdown, "reason"),
        new JobLost("what"),
        new JobRejected(null, RejectReason.WorkersDoNotStart, 1, 2, 3) { Detail = "detail" },
        new JobRejected("pool", RejectReason.InsufficientMemory, 1, 2, 3) { Waiting = 4, Kept = 5 },
        new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 2, 3) { Kept = 1, KeptFor = "gold" },
    ];

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_survives_serialization(JobFailure failure)
    {
        var serializer = CreateSerializer<EncodedOutcome>();
        var arrived = serializer.Deserialize(serializer.SerializeToArray(EncodedOutcome.Of(failure)));
        Assert.Equal(failure, arrived?.Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reject_says_on_the_wire_whether_to_ask_again(bool askAgain)
    {
        var serializer = CreateSerializer<AcquireReply>();
        var reply = AcquireReply.No(new JobRejected("pool", RejectReason.PoolTimeout, 0, 0, 1_000), askAgain);
        Assert.Equal(reply, serializer.Deserialize(serializer.SerializeToArray(reply)));
    }

    public static TheoryData<int, int> LeaseOutcomes => new()
    {
        { 0, 0 }, { (int)JobOutcomeKind.Completed, 0 }, { (int)JobOutcomeKind.Lost, 0 },
        { (int)JobOutcomeKind.Rejected, (int)RejectReason.QueueFull },
    };

    [Theory]
    [MemberData(nameof(LeaseOutcomes))]
    public void The_outcome_of_a_lease_arrives_unchanged(int kind, int reason)
    {
        var outcome = new LeaseOutcome((JobOutcomeKind)kind, (RejectReason)reason) { HasTurnLeft = kind == (int)JobOutcomeKind.Completed };
        var request = new ReleaseRequest(new JobId(1, 2), Route.Entry, outcome) { Seen = 3 };
        var serializer = CreateSerializer<ReleaseRequest>();
        Assert.Equal(request, serializer.Deserialize(serializer.SerializeToArray(request)));
    }

    private static Serializer<T> CreateSerializer<T>() => new ServiceCollection()
        .AddSerializer(static builder => builder.AddAssembly(typeof(HandlerProtocolException).Assembly))
        .BuildServiceProvider()
        .GetRequiredService<Serializer<T>>();

    /// <summary>Otherwise silos would log an error for each pool that moves, and its callers would get that error.</summary>
    [Fact]
    public void The_exception_of_a_replaced_activation_can_be_sent_to_other_silos()
    {
        var serializer = CreateSerializer<Exception>();
        var arrived = Assert.IsType<PoolSupersededException>(
            serializer.Deserialize(serializer.SerializeToArray(new PoolSupersededException("pool", 7))));
        Assert.Equal(("pool", 7), (arrived.Pool, arrived.Epoch));
        Assert.Contains("Pool pool: the activation with epoch 7 was replaced", arrived.Message);
    }

    [Fact]
    public void A_missing_required_field_is_named()
        => Assert.Contains(
            "missing its node",
            Assert.Throws<HandlerProtocolException>(() => new NodeIdConverter().ConvertFromSurrogate(default)).Message);
}
