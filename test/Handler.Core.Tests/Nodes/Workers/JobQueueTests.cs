using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>How the pools share the workers of a node; the order within one pool is in <see cref="JobLevelsTests"/>.</summary>
public sealed class JobQueueTests
{
    private readonly JobQueue queue = new(new NodeTotals(4), 1L << 30);
    private long attempts;

    [Fact]
    public void Taking_from_an_empty_queue_is_an_error() => Assert.Throws<InvalidOperationException>(() => queue.TakeFirst());

    [Fact]
    public void Pools_take_turns_and_jobs_without_a_pool_are_one_of_them()
    {
        Add("a", "a", "a", "b", null, null);
        Assert.Equal(["a", "b", null, "a", null, "a"], TakeAll());
        Assert.Null(queue.First);
    }

    [Fact]
    public void A_pool_that_uses_fewer_workers_is_first()
    {
        Add("a", "b");
        queue.Tenants.Use(queue.First!.Tenant!, 1, 0);
        Assert.Equal(["b", "a"], TakeAll());
    }

    [Fact]
    public void A_job_that_gets_a_worker_while_others_wait_is_a_turn_of_its_pool()
    {
        queue.Passes(new TestJob(++attempts, pool: "a")); // nobody waits
        Add("a", "b");
        queue.Passes(new TestJob(++attempts, pool: "a"));
        Assert.Equal(["b", "a"], TakeAll());
    }

    [Fact]
    public void A_job_that_is_returned_is_the_first_of_its_pool()
    {
        Add("a", "a");
        var returned = queue.TakeFirst();
        queue.AddFirst(returned);
        Assert.Same(returned, queue.First);
        Assert.Equal(2, queue.Count);
        queue.Remove(returned);
        Assert.Equal(1, queue.Count);
    }

    private void Add(params string?[] pools)
    {
        foreach (var pool in pools)
            queue.AddLast(new TestJob(++attempts, pool: pool));
    }

    private List<string?> TakeAll()
    {
        var taken = new List<string?>();
        while (queue.Count > 0)
            taken.Add(queue.TakeFirst().Path?.Pool);
        return taken;
    }
}
