using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Which worker gets which job.</summary>
public sealed class AssignmentTests
{
    private readonly TestDispatch parts = new();

    [Fact]
    public void Without_an_idle_worker_a_job_is_not_assigned() => Assert.Null(parts.Assignment.TryAssign(new TestJob(1)));

    [Fact]
    public void An_idle_worker_gets_the_job_and_the_watchdog_checks_it_in_time()
    {
        var worker = parts.AddIdle();
        var job = new TestJob(1, options: new JobOptions { Timeout = TimeSpan.FromMilliseconds(5) });
        Assert.Same(worker, parts.Assignment.TryAssign(job));
        Assert.Same(worker, job.Worker);
        Assert.True(worker.IsOffered(job));
        Assert.Contains(job.SentAt + 5_000_000, parts.Wakes);
    }

    [Fact]
    public void Waiting_jobs_go_to_idle_workers_in_order()
    {
        var (first, second) = (parts.AddIdle(), parts.AddIdle());
        for (var attempt = 1; attempt <= 3; attempt++)
            parts.Workers.Queue.AddLast(new TestJob(attempt));
        var sends = parts.Assignment.AssignWaiting()!;
        Assert.Equal([(second.Process!, 1L), (first.Process!, 2L)], sends.Select(static send => (send.Process, send.Job.Attempt)));
        Assert.Equal(1, parts.Workers.Queue.Count);
        Assert.Null(parts.Assignment.AssignWaiting());
    }

    [Fact]
    public void A_worker_is_filled_with_jobs_that_may_share_it()
    {
        var worker = parts.AddBusy(0, new TestJob(1));
        parts.Workers.Queue.AddLast(new TestJob(2));
        parts.Workers.Queue.AddLast(new TestJob(3));
        parts.Workers.Queue.AddLast(new TestJob(4, isQuick: false));
        parts.Workers.Queue.AddLast(new TestJob(5));
        Assert.Null(parts.Assignment.Fill(worker, new byte[1 << 16], out var length));
        Assert.Equal(2 * RequestFrame.LengthOf(new TestJob(2)), length);
        Assert.Equal([1, 2, 3], worker.Jobs().Select(static job => job.Attempt));
        Assert.Equal(2, parts.Workers.Queue.Count);
    }

    [Fact]
    public void A_job_that_does_not_share_its_worker_is_sent_separately()
    {
        var worker = parts.AddBusy(0);
        var alone = new TestJob(1, isQuick: false);
        parts.Workers.Queue.AddLast(alone);
        parts.Workers.Queue.AddLast(new TestJob(2));
        Assert.Same(alone, parts.Assignment.Fill(worker, new byte[1 << 16], out var length));
        Assert.Equal((0, 1), (length, worker.JobCount));
    }

    [Fact]
    public void A_worker_that_has_reached_its_job_limit_is_marked_for_replacement()
    {
        var last = parts.AddIdle(jobsAllowed: 2);
        parts.Assignment.TryAssign(new TestJob(1));
        Assert.False(last.Ageing);
        parts.Workers.Queue.AddLast(new TestJob(2));
        parts.Assignment.Fill(last, new byte[1 << 16], out _);
        Assert.True(last.Ageing);
        Assert.Null(last.Retiring); // until its replacement is ready
    }

    [Fact]
    public void A_worker_for_one_job_retires_immediately()
    {
        var worker = parts.AddIdle(jobsAllowed: 1);
        parts.Assignment.TryAssign(new TestJob(1));
        Assert.NotNull(worker.Retiring);
    }
}
