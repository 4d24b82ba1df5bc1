using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>Which responses of a worker count, and what the worker gets next.</summary>
public sealed class WorkerResponsesTests
{
    private const long Now = 10_000;

    private readonly TestDispatch parts = new();
    private readonly WorkerResponses responses;
    private readonly byte[] buffer = new byte[1 << 16];

    public WorkerResponsesTests()
        => responses = parts.Responses;

    [Fact]
    public void A_response_decides_its_job_and_frees_its_slot()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2)];
        var worker = Started(jobs);
        Assert.Same(jobs[0], Take(worker, jobs[0]));
        Assert.Equal((true, false), (jobs[0].Decided, jobs[1].Decided));
        Assert.Same(jobs[1], Assert.Single(worker.Jobs()));
        Assert.Equal(Now, worker.FirstSince);
        Assert.Null(responses.Find(worker, jobs[0].Slot, 1));
        Assert.Same(jobs[1], responses.Find(worker, jobs[1].Slot, 2));
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    public void A_response_for_a_job_that_the_worker_does_not_have_breaks_the_protocol(int slotsAway, long attempt)
    {
        var job = new TestJob(1);
        var worker = Started(job);
        Assert.Throws<FrameException>(() => responses.Take(worker, job.Slot + slotsAway, attempt, 5, Now));
        Assert.False(job.Decided);
    }

    [Fact]
    public void A_second_response_for_a_job_breaks_the_protocol()
    {
        var job = new TestJob(1);
        var worker = Started(job);
        var slot = job.Slot;
        Take(worker, job);
        Assert.Throws<FrameException>(() => responses.Take(worker, slot, 1, 5, Now));
    }

    [Fact]
    public void A_response_out_of_turn_breaks_the_protocol()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2)];
        var worker = Started(jobs);
        Claim(worker, jobs[1]);
        Assert.Throws<FrameException>(() => Take(worker, jobs[1]));
        Assert.False(jobs[1].Decided);
    }

    [Fact]
    public void A_response_for_a_job_that_was_not_started_breaks_the_protocol()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        Assert.Throws<FrameException>(() => Take(worker, job));
        Assert.False(job.Decided);
    }

    [Fact]
    public void A_response_does_not_count_if_its_job_was_condemned_before()
    {
        var job = new TestJob(1);
        var worker = Started(job);
        Assert.True(worker.TryCondemn(job, worker.Claim(job), new JobLost("why")));
        Assert.Null(Take(worker, job));
        Assert.Same(job, worker.First);
        Assert.False(job.Decided);
    }

    [Fact]
    public void A_response_counts_if_its_worker_is_killed_for_another_reason()
    {
        var job = new TestJob(1);
        var worker = Started(job);
        worker.KillFor(JobKilled.ShuttingDown());
        Assert.Same(job, Take(worker, job));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(5, 5)]
    [InlineData(long.MaxValue, Now)]
    public void The_run_time_is_believed_only_within_the_possible_range(long claimed, long believed)
    {
        var job = new TestJob(1);
        var worker = Started(job);
        Take(worker, job, claimed);
        Assert.Equal(believed, worker.LongestRun);
    }

    [Fact]
    public void The_run_time_is_noted_for_the_function()
    {
        var job = new TestJob(1, isQuick: false);
        Assert.True(job.RunTimes.IsSlow);
        Take(Started(job), job, ran: 5);
        Assert.False(job.RunTimes.IsSlow);
    }

    [Fact]
    public void A_worker_gathers_if_it_has_no_job_left_and_few_jobs_wait()
    {
        var worker = parts.AddBusyWithoutJob();
        parts.Enqueue(new TestJob(1));
        Assert.True(responses.StartGathering(worker, responses: 2));
        Assert.True(worker.Gathering);
        Assert.True(parts.SendAhead.IsWaitingFaster);
    }

    [Fact]
    public void A_worker_does_not_gather_if_as_many_jobs_wait_as_it_has_responded_to()
    {
        var worker = parts.AddBusyWithoutJob();
        parts.Enqueue(new TestJob(1), new TestJob(2));
        Assert.False(responses.StartGathering(worker, responses: 2));
        Assert.False(worker.Gathering);
    }

    [Fact]
    public void A_worker_does_not_gather_for_one_caller_alone()
    {
        var worker = parts.AddBusyWithoutJob();
        Assert.False(responses.StartGathering(worker, responses: 1));
        parts.AddBusyWithoutJob();
        Assert.True(responses.StartGathering(worker, responses: 1));
    }

    [Fact]
    public void A_worker_that_has_a_job_or_retires_or_is_not_busy_does_not_gather()
    {
        Assert.False(responses.StartGathering(parts.AddBusy(0, new TestJob(1)), responses: 4));
        Assert.False(responses.StartGathering(parts.AddIdle(), responses: 4));
        var retiring = parts.AddBusyWithoutJob();
        retiring.Retiring = "why";
        Assert.False(responses.StartGathering(retiring, responses: 4));
    }

    [Fact]
    public void A_refill_ends_the_gathering_and_a_worker_without_a_job_becomes_idle()
    {
        var worker = parts.AddBusyWithoutJob();
        responses.StartGathering(worker, responses: 4);
        Assert.Equal(new Refill(0, null, WasEmpty: true, null), responses.Refill(worker, buffer));
        Assert.Equal((false, WorkerState.Idle, 0), (worker.Gathering, worker.State, parts.Workers.Busy));
        Assert.False(parts.SendAhead.IsWaitingFaster);
        Assert.Equal(new Refill(0, null, WasEmpty: true, null), responses.Refill(worker, buffer));
        Assert.Equal(0, parts.Workers.Busy);
    }

    [Fact]
    public void A_refill_after_quick_responses_makes_the_worker_quick_and_has_the_watchdog_look()
    {
        var worker = parts.AddBusyWithoutJob();
        worker.LongestRun = 1;
        parts.Enqueue(new TestJob(1), new TestJob(2));
        Assert.Equal(new Refill(2 * RequestFrame.LengthOf(new TestJob(1)), null, WasEmpty: true, null), responses.Refill(worker, buffer));
        Assert.Equal((true, 0, 2), (worker.Quick, worker.LongestRun, worker.JobCount));
        Assert.Equal(3, parts.Wakes.Count); // for the two jobs, and for what was sent ahead
    }

    [Fact]
    public void A_refill_after_a_long_run_does_not_make_the_worker_quick()
    {
        var worker = parts.AddBusyWithoutJob();
        worker.LongestRun = long.MaxValue;
        parts.Enqueue(new TestJob(1));
        responses.Refill(worker, buffer);
        Assert.Equal((false, 0), (worker.Quick, worker.LongestRun));
    }

    [Fact]
    public void A_job_that_does_not_share_its_worker_is_returned_and_the_worker_is_not_quick()
    {
        var worker = parts.AddBusyWithoutJob();
        var alone = new TestJob(1, isQuick: false);
        parts.Enqueue(alone);
        Assert.Equal(new Refill(0, alone, WasEmpty: true, null), responses.Refill(worker, buffer));
        Assert.False(worker.Quick);
    }

    [Fact]
    public void A_retiring_worker_gets_no_job_and_ends_when_it_has_none_left()
    {
        var job = new TestJob(1);
        var worker = Started(job);
        worker.Retiring = "why";
        parts.Enqueue(new TestJob(2));
        Assert.Equal(new Refill(0, null, WasEmpty: false, null), responses.Refill(worker, buffer));
        Assert.Equal(0, TestWorkers.ProcessOf(worker).Kills);
        Take(worker, job);
        Assert.Equal(new Refill(0, null, WasEmpty: true, null), responses.Refill(worker, buffer));
        Assert.Equal((1, 1), (TestWorkers.ProcessOf(worker).Kills, parts.Workers.Queue.Count));
    }

    private static void Claim(Worker worker, Job job)
        => Assert.True(TestWorkers.ProcessOf(worker).Claim(new RequestHead { Slot = (byte)job.Slot, Attempt = job.Attempt }));

    /// <summary>A worker that has started its first job. The jobs were sent at time 0.</summary>
    private Worker Started(params Job[] jobs)
    {
        var worker = parts.AddBusy(0, jobs);
        Claim(worker, jobs[0]);
        return worker;
    }

    private Job? Take(Worker worker, Job job, long ran = 5) => responses.Take(worker, job.Slot, job.Attempt, ran, Now);
}
