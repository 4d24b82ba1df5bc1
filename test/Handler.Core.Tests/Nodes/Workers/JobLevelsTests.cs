using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class JobLevelsTests
{
    private readonly JobLevels queue = new();
    private readonly Job[] jobs = [.. Enumerable.Range(1, 5).Select(attempt => new TestJob(attempt))];

    [Fact]
    public void Jobs_are_taken_in_the_order_in_which_they_were_added()
    {
        foreach (var job in jobs)
            queue.AddLast(job);
        Assert.Equal([1, 2, 3, 4, 5], TakeAll());
        Assert.Null(queue.First);
    }

    [Fact]
    public void A_returned_job_goes_to_the_front()
    {
        queue.AddLast(jobs[0]);
        queue.AddLast(jobs[1]);
        queue.AddFirst(jobs[2]);
        Assert.Equal([3, 1, 2], TakeAll());
    }

    [Fact]
    public void A_job_can_be_added_behind_one_that_was_returned_to_an_empty_queue()
    {
        queue.AddFirst(jobs[0]);
        queue.AddLast(jobs[1]);
        Assert.Equal([1, 2], TakeAll());
    }

    [Theory]
    [InlineData(0, new long[] { 2, 3, 4, 5 })]
    [InlineData(2, new long[] { 1, 2, 4, 5 })]
    [InlineData(4, new long[] { 1, 2, 3, 4 })]
    public void A_job_can_leave_the_queue_from_any_position(int index, long[] left)
    {
        foreach (var job in jobs)
            queue.AddLast(job);
        queue.Remove(jobs[index]);
        Assert.False(jobs[index].Queued);
        Assert.Equal(left, TakeAll());
    }

    [Fact]
    public void The_only_job_can_be_removed()
    {
        queue.AddLast(jobs[0]);
        queue.Remove(jobs[0]);
        Assert.Equal(0, queue.Count);
        Assert.Null(queue.First);
    }

    [Fact]
    public void A_job_knows_whether_it_is_queued()
    {
        queue.AddLast(jobs[0]);
        Assert.True(jobs[0].Queued);
        queue.Remove(jobs[0]);
        Assert.False(jobs[0].Queued);
    }

    [Fact]
    public void Jobs_are_taken_by_priority_and_then_in_order_of_arrival()
    {
        foreach (var (attempt, priority) in new[] { (1L, -1), (2, 0), (3, 5), (4, 0), (5, int.MaxValue), (6, 5), (7, int.MinValue) })
            queue.AddLast(new TestJob(attempt, priority));
        Assert.Equal([5, 3, 6, 2, 4, 1, 7], TakeAll());
        Assert.Null(queue.First);
    }

    [Fact]
    public void A_returned_job_goes_to_the_front_of_those_of_its_priority()
    {
        queue.AddLast(new TestJob(1, 5));
        queue.AddLast(jobs[1]);
        queue.AddFirst(new TestJob(3, 5));
        queue.AddFirst(jobs[3]);
        queue.AddFirst(new TestJob(6, -1));
        Assert.Equal([3, 1, 4, 2, 6], TakeAll());
    }

    [Fact]
    public void The_collection_has_the_same_content_as_a_list_after_any_sequence_of_steps()
    {
        var random = new Random(1);
        var model = new List<Job>();
        Job[] many = [.. Enumerable.Range(1, 20).Select(attempt => new TestJob(attempt, attempt % 4 - 1))];
        for (var step = 0; step < 10_000; step++)
        {
            var job = many[random.Next(many.Length)];
            if (job.Queued)
            {
                queue.Remove(job);
                Assert.True(model.Remove(job));
            }
            else if (random.Next(2) == 0)
            {
                queue.AddLast(job);
                model.Insert(model.FindLastIndex(other => other.Priority >= job.Priority) + 1, job);
            }
            else
            {
                queue.AddFirst(job);
                model.Insert(model.FindLastIndex(other => other.Priority > job.Priority) + 1, job);
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Same(model.FirstOrDefault(), queue.First);
        }

        Assert.Equal(model.Select(job => job.Attempt), TakeAll());
    }

    private List<long> TakeAll()
    {
        var taken = new List<long>();
        while (queue.First is { } first)
        {
            queue.Remove(first);
            taken.Add(first.Attempt);
        }

        return taken;
    }
}
