using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class WorkerPlanTests
{
    private readonly WorkerPlan plan = new(Min: 2, Max: 4, Spare: 1);

    [Fact]
    public void An_idle_node_keeps_the_minimum_and_the_spare_workers() => Assert.Equal(3, plan.Wanted(busy: 0, queued: 0));

    [Fact]
    public void One_worker_is_wanted_for_each_busy_worker_and_for_each_waiting_job()
    {
        Assert.Equal(4, plan.Wanted(busy: 3, queued: 0));
        Assert.Equal(5, plan.Wanted(busy: 3, queued: 1));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(0, 100_000)]
    [InlineData(4, int.MaxValue)]
    public void Wanted_never_exceeds_MaxWorkers_and_spare_workers(int busy, int queued) => Assert.Equal(5, plan.Wanted(busy, queued));

    [Fact]
    public void ToStart_returns_the_number_of_missing_workers()
    {
        Assert.Equal(3, plan.ToStart(busy: 0, queued: 0, staying: 0));
        Assert.Equal(1, plan.ToStart(busy: 2, queued: 1, staying: 3));
        Assert.Equal(0, plan.ToStart(busy: 0, queued: 0, staying: 5));
    }

    [Fact]
    public void HasTooMany_is_true_if_more_workers_stay_than_are_wanted()
    {
        Assert.False(plan.HasTooMany(busy: 0, queued: 0, staying: 3));
        Assert.True(plan.HasTooMany(busy: 0, queued: 0, staying: 4));
        Assert.False(plan.HasTooMany(busy: 3, queued: 0, staying: 4));
    }

    [Fact]
    public void A_plan_without_workers_starts_one_for_the_first_job()
    {
        var none = new WorkerPlan(0, 4, 0);
        Assert.Equal(0, none.Wanted(0, 0));
        Assert.Equal(1, none.Wanted(0, 1));
    }
}
