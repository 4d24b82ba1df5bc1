using Handler.Cluster;
using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Tests.Cluster;

/// <summary>Which jobs and payloads a node accepts.</summary>
public sealed class NodeCapacityTests
{
    private const long MiB = 1 << 20;

    private NodeCapacity capacity = new(workers: 1, queued: 1, bytes: 100 * MiB, payloads: 10 * MiB);

    [Fact]
    public void An_infeasible_job_is_rejected_as_such_even_if_all_job_slots_are_taken()
    {
        Assert.Null(TryTake(1));
        Assert.Null(TryTake(1));
        Assert.Equal(new JobRejected(null, RejectReason.NoWorkersAvailable, 1, 2, 2), TryTake(1));
        Assert.Equal(
            new JobRejected(null, RejectReason.InsufficientMemory, (100 * MiB) + 1, 2, 100 * MiB),
            TryTake((100 * MiB) + 1));
    }

    [Fact]
    public void Large_payloads_count_as_memory_of_the_node_but_small_ones_do_not()
    {
        Assert.Null(capacity.TryHold(MiB - 1));
        Assert.Equal(100 * MiB, capacity.FreeBytes);
        Assert.Null(capacity.TryHold((2 * MiB) + 1));
        Assert.Equal(98 * MiB, capacity.FreeBytes);
        Assert.Equal(new JobRejected(null, RejectReason.InsufficientMemory, 99 * MiB, 2 * MiB, 100 * MiB), TryTake(99 * MiB));
        Assert.Null(capacity.TryTake(98 * MiB, 0, null, out var place));
        Assert.Equal(new JobRejected(null, RejectReason.InsufficientMemory, MiB, 100 * MiB, 100 * MiB), capacity.TryHold(MiB));
        capacity.Give(place);
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

    [Fact]
    public void The_pools_of_those_that_wait_get_places_by_their_weights()
    {
        capacity = new NodeCapacity(workers: 1, queued: 3, bytes: 100 * MiB, payloads: 10 * MiB);
        var places = new Queue<JobId>([Take(), Take(), Take(), Take()]);
        var a = Enumerable.Range(0, 8).Select(_ => Wait(1, Path("a", 1))).ToList(); // the flood arrives first
        var b = Enumerable.Range(0, 8).Select(_ => Wait(1, Path("b", 3))).ToList();
        for (var i = 0; i < 8; i++)
        {
            capacity.Give(places.Dequeue());
            var next = a.Concat(b).First(waiter => waiter.HasRoom);
            places.Enqueue(next.Request.Job);
            _ = a.Remove(next) || b.Remove(next);
        }

        Assert.Equal((6, 2), (a.Count, b.Count));
        Assert.Equal(4, capacity.Jobs);
    }

    [Fact]
    public void The_jobs_of_a_pool_get_places_by_priority_and_jobs_without_a_pool_are_one_more_child()
    {
        var (first, second) = (Take(), Take());
        var low = Wait(1, Path("a", 1));
        var high = Wait(1, Path("a", 1), priority: 1);
        var other = Wait(1, null);
        capacity.Give(first);
        Assert.Equal((false, true, false), (low.HasRoom, high.HasRoom, other.HasRoom));
        capacity.Give(second);
        Assert.Equal((false, true), (low.HasRoom, other.HasRoom));
    }

    [Fact]
    public void A_job_that_arrives_while_others_wait_takes_no_room_that_is_kept_for_them()
    {
        var place = Take(50 * MiB);
        var waiter = Wait(100 * MiB, Path("a", 1));
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            capacity.Give(Take(40 * MiB, Path("b", 1)));
        var behind = new JobRejected(null, RejectReason.InsufficientMemory, 40 * MiB, 150 * MiB, 100 * MiB)
        {
            Waiting = 1,
            Kept = 100 * MiB,
        };
        Assert.Equal(behind, TryTake(40 * MiB, Path("b", 1)));
        capacity.Give(place);
        Assert.True(waiter.HasRoom);
        Assert.Equal(waiter.Request.Job, capacity.Leave(waiter));
    }

    [Fact]
    public void Room_that_was_kept_for_a_job_that_leaves_goes_to_the_next()
    {
        Take(50 * MiB);
        var large = Wait(100 * MiB, Path("a", 1));
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            capacity.Give(Take(40 * MiB, Path("b", 1)));
        var next = Wait(40 * MiB, Path("b", 1));
        Assert.False(next.HasRoom);
        Assert.Null(capacity.Leave(large));
        Assert.True(next.HasRoom);
    }

    [Fact]
    public void Room_of_a_large_payload_goes_to_a_waiting_job()
    {
        capacity.Hold(10 * MiB);
        var waiter = Wait(95 * MiB, Path("a", 1));
        Assert.False(waiter.HasRoom);
        capacity.LetGo(10 * MiB);
        Assert.Equal((true, 5 * MiB), (waiter.HasRoom, capacity.FreeBytes));
    }

    [Fact]
    public void A_job_that_begins_to_wait_when_there_is_room_has_it_immediately()
    {
        var waiter = Wait(1, Path("a", 1));
        Assert.True(waiter.HasRoom);
        capacity.Give(capacity.Leave(waiter)!.Value);
        Assert.Equal(0, capacity.Jobs);
    }

    [Fact]
    public void A_job_whose_waiting_has_ended_gets_no_room()
    {
        var (place, _) = (Take(), Take());
        var (stopped, next) = (Wait(1, Path("a", 1)), Wait(1, Path("a", 1)));
        Assert.True(stopped.TryEndWaiting(false));
        capacity.Give(place);
        Assert.Equal((false, true, 2), (stopped.HasRoom, next.HasRoom, capacity.Jobs));
        Assert.Null(capacity.Leave(stopped));
    }

    private static PoolPath Path(string pool, int weight) => new(pool, weight, null);

    private JobRejected? TryTake(long bytes, PoolPath? path = null) => capacity.TryTake(bytes, 0, path, out _);

    private JobId Take(long bytes = 1, PoolPath? path = null)
    {
        Assert.Null(capacity.TryTake(bytes, 0, path, out var place));
        return place;
    }

    /// <summary>Waits as a job does that has found no room, so that the weights of its path are known.</summary>
    private RoomWaiter Wait(long bytes, PoolPath? path, int priority = 0)
    {
        if (capacity.TryTake(bytes, priority, path, out var place) is null)
            capacity.Give(place);
        return capacity.Wait(bytes, priority, path);
    }
}
