using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Embedded;

public class DeferredReleasesTests
{
    private static readonly PoolChain Chain = new("pool", 1, Route.Entry, null);

    private readonly DeferredReleases _ended = new();
    private readonly Lease[] _leases = [.. Enumerable.Range(1, 3).Select(number => new Lease(new JobId(1, (ulong)number), Chain, null, 0))];

    [Fact]
    public void They_are_taken_all_at_once()
    {
        Assert.Null(_ended.TakeAll());
        Assert.Equal([1, 2, 3], _leases.Select(lease => _ended.Add(lease, LeaseOutcome.Completed)));
        Assert.Equal(_leases, Taken());
        Assert.Equal(1, _ended.Add(new Lease(new JobId(1, 4), Chain, null, 0), LeaseOutcome.Completed));
        Assert.Single(Taken());
        Assert.Null(_ended.TakeAll());
    }

    [Fact]
    public void One_that_ends_twice_is_taken_once_and_keeps_its_first_ending()
    {
        _ended.Add(_leases[0], new LeaseOutcome(JobOutcomeKind.Failed));
        _ended.Add(_leases[1], LeaseOutcome.Completed);
        Assert.Equal(0, _ended.Add(_leases[0], new LeaseOutcome(JobOutcomeKind.Killed)));
        Assert.Equal(_leases[..2], Taken());
        Assert.Equal(0, _ended.Add(_leases[0], new LeaseOutcome(JobOutcomeKind.Killed)));
        Assert.Null(_ended.TakeAll());
        Assert.Equal(new LeaseOutcome(JobOutcomeKind.Failed), _leases[0].Outcome);
    }

    [Fact]
    public void One_that_has_ended_does_not_keep_its_job()
    {
        var runner = new object();
        Assert.Null(_leases[0].Attach(runner));
        Assert.Same(runner, _leases[0].Kill("in time"));
        _ended.Add(_leases[0], LeaseOutcome.Completed);
        var ended = _leases[0].Kill("late");
        Assert.NotNull(ended); // null would mean that nothing runs the job yet
        Assert.NotSame(runner, ended);
    }

    private List<Lease> Taken()
    {
        var taken = new List<Lease>();
        for (var lease = _ended.TakeAll(); lease is not null; lease = lease.NextDeferred)
            taken.Add(lease);
        taken.Reverse();
        return taken;
    }
}
