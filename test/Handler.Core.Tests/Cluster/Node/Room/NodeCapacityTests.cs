using Handler.Cluster;

namespace Handler.Tests.Cluster;

/// <summary>Which jobs and payloads a node accepts.</summary>
public sealed class NodeCapacityTests
{
    private const long MiB = 1 << 20;

    private readonly NodeCapacity capacity = new(workers: 1, queued: 1, bytes: 100 * MiB, payloads: 10 * MiB);

    [Fact]
    public void An_infeasible_job_is_rejected_as_such_even_if_all_job_slots_are_taken()
    {
        Assert.Null(capacity.TryTake(1));
        Assert.Null(capacity.TryTake(1));
        Assert.Equal(new JobRejected(null, RejectReason.NoWorkersAvailable, 1, 2, 2), capacity.TryTake(1));
        Assert.Equal(
            new JobRejected(null, RejectReason.InsufficientMemory, (100 * MiB) + 1, 2, 100 * MiB),
            capacity.TryTake((100 * MiB) + 1));
    }

    [Fact]
    public void Large_payloads_count_as_memory_of_the_node_but_small_ones_do_not()
    {
        Assert.Null(capacity.TryHold(MiB - 1));
        Assert.Equal(100 * MiB, capacity.FreeBytes);
        Assert.Null(capacity.TryHold((2 * MiB) + 1));
        Assert.Equal(98 * MiB, capacity.FreeBytes);
        Assert.Equal(new JobRejected(null, RejectReason.InsufficientMemory, 99 * MiB, 2 * MiB, 100 * MiB), capacity.TryTake(99 * MiB));
        Assert.Null(capacity.TryTake(98 * MiB));
        Assert.Equal(new JobRejected(null, RejectReason.InsufficientMemory, MiB, 100 * MiB, 100 * MiB), capacity.TryHold(MiB));
        capacity.Give(98 * MiB);
        capacity.LetGo((2 * MiB) + 1);
        capacity.LetGo(MiB - 1);
        Assert.Equal((0L, 100 * MiB), (capacity.Payloads, capacity.FreeBytes));
    }

    [Fact]
    public void Payloads_have_their_own_limit_and_refused_payloads_are_not_counted()
    {
        Assert.Null(capacity.TryHold(9 * MiB));
        Assert.Equal(new JobRejected(null, RejectReason.InsufficientMemory, 2 * MiB, 9 * MiB, 10 * MiB), capacity.TryHold(2 * MiB));
        Assert.Null(capacity.TryHold(MiB));
        capacity.Hold(5 * MiB); // for payloads that must be held: it ignores the limit
        Assert.Equal((15 * MiB, 85 * MiB), (capacity.Payloads, capacity.FreeBytes));
    }
}
