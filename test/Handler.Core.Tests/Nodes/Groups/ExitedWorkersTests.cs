using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>What happens to the jobs of a worker that has exited.</summary>
public sealed class ExitedWorkersTests
{
    private static readonly ExitStatus Crash = new(Code: null, Signal: LibC.SIGKILL, CpuNanoseconds: 0);

    private readonly WorkerSet workers = TestWorkers.NewSet(maxBusy: 1);
    private readonly ExitedWorkers ended;
    private readonly Dictionary<long, JobFailure> decided = [];

    public ExitedWorkersTests() => ended = new ExitedWorkers(workers, new SendAhead(8, workers.Queue), turns: null, maxWorkers: 4);

    [Fact]
    public void Jobs_that_were_not_started_return_to_the_front_in_order()
    {
        workers.Queue.AddLast(new TestJob(3));
        Settle(TestWorkers.With(workers, new TestJob(1), new TestJob(2)));
        Assert.Empty(decided);
        Assert.Equal([1, 2, 3], workers.TakeQueue().Select(job => job.Attempt));
    }

    [Fact]
    public void A_job_that_returns_to_the_queue_knows_for_which_workers_it_waits()
    {
        var job = new TestJob(1);
        Settle(TestWorkers.With(workers, job));
        Assert.True(job.Queued);
        Assert.Same(workers, job.Set);
    }

    [Fact]
    public void A_started_job_gets_the_outcome_of_its_worker_and_the_next_one_returns_to_the_queue()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2)];
        var worker = TestWorkers.With(workers, jobs);
        TestWorkers.ProcessOf(worker).Claim(new RequestHead { Slot = (byte)jobs[0].Slot, Attempt = 1 });
        Settle(worker);
        Assert.Equal(LibC.SIGKILL, Assert.IsType<JobExited>(decided[1]).Signal);
        Assert.True(jobs[0].Decided);
        Assert.False(jobs[1].Decided);
        Assert.Equal([2], workers.TakeQueue().Select(job => job.Attempt));
    }

    [Fact]
    public void A_first_job_whose_request_was_read_is_lost_and_the_jobs_behind_it_are_not()
    {
        Job[] jobs = [new TestJob(1) { SentAfter = 0 }, new TestJob(2)];
        var worker = TestWorkers.With(workers, jobs);
        jobs[0].SentAfter = 0;
        TestWorkers.ProcessOf(worker).Reads = true;
        Settle(worker);
        Assert.Contains("unknown whether the job had started", Assert.IsType<JobLost>(decided[1]).Reason);
        Assert.Equal([2], workers.TakeQueue().Select(job => job.Attempt));
    }

    [Fact]
    public void A_job_is_handed_over_a_few_times_and_then_rejected()
    {
        var job = new TestJob(1);
        for (var i = 0; i < Tuning.Workers.MaxHandovers; i++)
        {
            Settle(TestWorkers.With(workers, job));
            Assert.Same(job, Assert.Single(workers.TakeQueue()));
        }

        job.Decided = false;
        Settle(TestWorkers.With(workers, job));
        Assert.Equal(RejectReason.WorkersDoNotStart, Assert.IsType<JobRejected>(decided[1]).Reason);
        Assert.Equal(0, workers.Queue.Count);
    }

    [Theory]
    [InlineData("cannot load a library\n", "", " It wrote: cannot load a library")]
    [InlineData("the log\nFatal error. no memory", "Fatal error. no memory", " It wrote: Fatal error. no memory")]
    [InlineData("", "", "")]
    public void The_reject_tells_how_the_last_worker_exited_and_what_it_wrote(string standardError, string lastWords, string wrote)
        => Assert.Equal(
            $"{Tuning.Workers.MaxHandovers + 1} workers in succession exited before they started the job. "
                + $"The last one did not start it: signal 9 (SIGKILL) ended it.{wrote}",
            RejectAfterHandovers(standardError, lastWords, kill: null).Detail);

    [Fact]
    public void The_reject_shows_only_the_beginning_of_a_long_text()
        => Assert.EndsWith(
            $" It wrote: {new string('x', WorkerTuning.Texts.Excerpt)}… (20000 characters)",
            RejectAfterHandovers(new string('x', 20_000), lastWords: "", kill: null).Detail);

    [Fact]
    public void The_reject_tells_why_this_node_killed_the_last_worker()
        => Assert.EndsWith(
            "The last one did not start it: Lost: The worker did not start a job within 10 s.",
            RejectAfterHandovers(standardError: "", lastWords: "", new JobLost("The worker did not start a job within 10 s")).Detail);

    [Fact]
    public void A_closing_node_hands_over_no_jobs()
    {
        var worker = TestWorkers.With(workers, new TestJob(1));
        worker.KillFor(JobKilled.ShuttingDown());
        Settle(worker);
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>(decided[1]).Cause);
        Assert.Equal(0, workers.Queue.Count);
    }

    [Fact]
    public void A_removed_worker_counts_nowhere()
    {
        var sendAhead = new SendAhead(8, workers.Queue);
        var worker = TestWorkers.New(workers);
        workers.Add(worker);
        workers.MakeIdle(worker);
        sendAhead.SetQuick(worker, true);
        new ExitedWorkers(workers, sendAhead, turns: null, maxWorkers: 4).Remove(worker);
        Assert.Empty(workers.All);
        Assert.False(workers.HasIdle);
        Assert.False(sendAhead.IsWaitingFaster);
    }

    /// <summary>The reject of a job that was handed over as often as it may be, and whose worker exits once more.</summary>
    private JobRejected RejectAfterHandovers(string standardError, string lastWords, JobFailure? kill)
    {
        var worker = TestWorkers.With(workers, new TestJob(1) { Handovers = Tuning.Workers.MaxHandovers });
        if (kill is not null)
            worker.KillFor(kill);
        Settle(worker, standardError, lastWords);
        return Assert.IsType<JobRejected>(decided[1]);
    }

    private void Settle(Worker worker, string standardError = "", string lastWords = "")
        => ended.Settle(worker, Crash, standardError, lastWords, (job, failure, _) => decided.Add(job.Attempt, failure));
}
