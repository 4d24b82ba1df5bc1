using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class PoolTotalsCounterTests
{
    private readonly PoolTotalsCounter totals = new();

    [Fact]
    public void Reasons_and_outcomes_that_did_not_occur_are_not_listed()
    {
        var read = totals.Read();
        Assert.Equal(0, read.Admitted);
        Assert.Empty(read.Rejected);
        Assert.Empty(read.Outcomes);
    }

    [Fact]
    public void Each_kind_of_outcome_and_each_reason_is_counted()
    {
        totals.Admitted();
        totals.Admitted();
        totals.Ended(LeaseOutcome.Completed);
        totals.Ended(new LeaseOutcome(JobOutcomeKind.Killed));
        totals.Ended(new LeaseOutcome(JobOutcomeKind.Killed));
        totals.Rejected(RejectReason.QueueFull);
        var read = totals.Read();
        Assert.Equal(2, read.Admitted);
        Assert.Equal([new(JobOutcomeKind.Completed, 1), new(JobOutcomeKind.Killed, 2)], read.Outcomes.OrderBy(each => each.Key));
        Assert.Equal(0, read.Withdrawn);
        Assert.Equal([new(RejectReason.QueueFull, 1)], read.Rejected);
    }

    [Fact]
    public void A_withdrawn_request_does_not_count_as_an_ended_job()
    {
        totals.Ended(LeaseOutcome.Withdrawn);
        var read = totals.Read();
        Assert.Empty(read.Outcomes);
        Assert.Empty(read.Rejected);
        Assert.Equal(1, read.Withdrawn);
    }

    [Fact]
    public void A_job_that_its_node_rejected_counts_as_rejected()
    {
        totals.Ended(new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.QueueFull));
        totals.Ended(new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.WorkersDoNotStart));
        totals.Ended(new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.InsufficientMemory));
        var read = totals.Read();
        Assert.Empty(read.Outcomes);
        Assert.Equal(
            new Dictionary<RejectReason, long>
            {
                [RejectReason.QueueFull] = 1,
                [RejectReason.WorkersDoNotStart] = 1,
                [RejectReason.InsufficientMemory] = 1,
            },
            read.Rejected);
    }
}
