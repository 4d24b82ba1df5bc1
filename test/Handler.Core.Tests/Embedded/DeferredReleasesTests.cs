using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Embedded;

public class DeferredReleasesTests
{
    private static readonly PoolChain Chain = new("pool", 1, Route.Entry, null);

    private readonly DeferredReleases ended = new();
    private readonly Lease[] leases = [.. Enumerable.Range(1, 3).Select(number => new Lease(new JobId(1, (ulong)number), Chain, null, 0))];

    [Fact]
    public void TakeAll_returns_all_leases_that_have_ended()
    {
        Assert.Null(this.ended.TakeAll());
        Assert.Equal([1, 2, 3], leases.Select(lease => this.ended.Add(lease, LeaseOutcome.Completed)));
        Assert.Equal(leases, Taken());
        Assert.Equal(1, this.ended.Add(new Lease(new JobId(1, 4), Chain, null, 0), LeaseOutcome.Completed));
        Assert.Single(Taken());
        Assert.Null(this.ended.TakeAll());
    }

    [Fact]
    public void A_lease_that_ends_twice_is_taken_once_and_keeps_its_first_outcome()
    {
        this.ended.Add(leases[0], new LeaseOutcome(JobOutcomeKind.Failed));
        this.ended.Add(leases[1], LeaseOutcome.Completed);
        Assert.Equal(0, this.ended.Add(leases[0], new LeaseOutcome(JobOutcomeKind.Killed)));
        Assert.Equal(leases[..2], Taken());
        Assert.Equal(0, this.ended.Add(leases[0], new LeaseOutcome(JobOutcomeKind.Killed)));
        Assert.Null(this.ended.TakeAll());
        Assert.Equal(new LeaseOutcome(JobOutcomeKind.Failed), leases[0].Outcome);
    }

    [Fact]
    public void A_lease_that_has_ended_does_not_keep_its_job()
    {
        var runner = new Runner();
        Assert.Null(leases[0].Attach(runner));
        Assert.Same(runner, leases[0].Kill("in time"));
        this.ended.Add(leases[0], LeaseOutcome.Completed);
        var ended = leases[0].Kill("late");
        Assert.NotNull(ended); // null would mean that nothing runs the job yet
        Assert.NotSame(runner, ended);
    }

    private sealed class Runner : ILeaseRunner;

    private List<Lease> Taken()
    {
        var taken = new List<Lease>();
        for (var lease = this.ended.TakeAll(); lease is not null; lease = lease.NextDeferred)
            taken.Add(lease);
        taken.Reverse();
        return taken;
    }
}
