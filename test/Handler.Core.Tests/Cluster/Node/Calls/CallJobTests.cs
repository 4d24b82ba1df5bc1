using Handler.Cluster;
using Handler.Functions;
using Handler.Pools;

namespace Handler.Tests.Cluster;

/// <summary>How the outcome of a job gets to a caller in another process.</summary>
public sealed class CallJobTests
{
    private const int MiB = 1 << 20;

    private static readonly JobUsage Usage = new() { WorkerPid = 42, RunTime = TimeSpan.FromMilliseconds(1), AttemptId = 7 };
    private static readonly JobOutput Output = new("out", "err", false);

    private readonly NodeCapacity capacity = new(workers: 10, queued: 10, bytes: 100 * MiB, payloads: 2 * MiB);
    private readonly List<EncodedOutcome> ended = [];
    private readonly CallJob job;
    private LeaseOutcome released;

    public CallJobTests()
        => job = new(
            7,
            new EncodedFunction(new byte[] { 1 }, new FunctionRunTimes()),
            new JobLimits(),
            5,
            new PoolChain("pool", 1, 0, null),
            new CallOutcomes(new NodeId("node"), capacity, new CallTable(capacity)),
            (outcome, forPools) =>
            {
                ended.Add(outcome);
                released = forPools;
            });

    [Fact]
    public void It_is_counted_by_its_node_and_knows_its_pool()
        => Assert.Equal((true, "pool", 7, 5), (job.HasPlace, job.Path?.Pool, job.Attempt, job.SubmittedAt));

    [Fact]
    public void A_value_is_copied_because_the_worker_reuses_its_buffer()
    {
        byte[] buffer = [1, 2, 3];
        job.SetValue(buffer, Usage, Output);
        buffer[0] = 9;
        Assert.Empty(ended);
        job.Complete();
        var outcome = Assert.Single(ended);
        Assert.Equal([1, 2, 3], outcome.Value.ToArray());
        Assert.Equal((null, Usage, Output), (outcome.Failure, outcome.Usage, outcome.Output));
    }

    [Fact]
    public void A_value_for_which_there_is_no_room_becomes_a_failure_that_keeps_usage_and_output()
    {
        capacity.Hold(2 * MiB);
        job.SetValue(new byte[MiB], Usage, Output);
        job.Complete();
        var outcome = Assert.Single(ended);
        Assert.Contains("MaxHeldPayloadBytes", Assert.IsType<JobFailed>(outcome.Failure).ExceptionMessage);
        Assert.Equal((0, Usage, Output), (outcome.Value.Length, outcome.Usage, outcome.Output));
    }

    [Fact]
    public void Its_pools_learn_how_it_ended_and_whether_its_worker_has_its_turn_left()
    {
        job.HasTurnLeft = true;
        job.SetFailure(JobKilled.ShuttingDown(), null, null);
        job.Complete();
        Assert.Equal(new LeaseOutcome(JobOutcomeKind.Killed) { HasTurnLeft = true }, released);
    }

    [Fact]
    public void A_failure_has_no_value()
    {
        var failure = JobKilled.ShuttingDown();
        job.SetFailure(failure, null, Output);
        job.Complete();
        Assert.Equal(new EncodedOutcome(failure, default, null, Output), Assert.Single(ended));
    }
}
