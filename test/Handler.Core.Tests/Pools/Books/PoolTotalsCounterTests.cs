using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class PoolTotalsCounterTests
{
    private readonly PoolTotalsCounter totals = new();

    [Fact]
    public void What_did_not_happen_is_not_listed()
    {
        var read = totals.Read();
        Assert.Equal(0, read.Admitted);
        Assert.Empty(read.Rejected);
        Assert.Empty(read.Ended);
    }

    [Fact]
    public void Each_kind_of_outcome_and_each_reason_is_counted()
    {
        totals.Admitted();
        totals.Admitted();
        totals.Ended(LeaseEnding.Completed);
        totals.Ended(LeaseEnding.Killed);
        totals.Ended(LeaseEnding.Killed);
        totals.Rejected(RejectReason.QueueFull);
        var read = totals.Read();
        Assert.Equal(2, read.Admitted);
        Assert.Equal([new("Completed", 1), new("Killed", 2)], read.Ended.OrderBy(each => each.Key, StringComparer.Ordinal));
        Assert.Equal([new(RejectReason.QueueFull, 1)], read.Rejected);
    }

    [Fact]
    public void A_job_that_its_node_refused_counts_as_rejected()
    {
        totals.Ended(LeaseEnding.RefusedQueueFull);
        totals.Ended(LeaseEnding.RefusedNoWorkers);
        totals.Ended(LeaseEnding.RefusedNoMemory);
        var read = totals.Read();
        Assert.Empty(read.Ended);
        Assert.Equal(
            new Dictionary<RejectReason, long>
            {
                [RejectReason.QueueFull] = 1, [RejectReason.NoWorkersAvailable] = 1, [RejectReason.InsufficientMemory] = 1,
            },
            read.Rejected);
    }
}
