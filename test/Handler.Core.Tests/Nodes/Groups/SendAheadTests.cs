using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>The rules of sending ahead, without a node.</summary>
public sealed class SendAheadTests
{
    private const int MaxJobs = 3;

    private readonly WorkerSet workers = TestWorkers.NewSet();
    private readonly SendAhead sendAhead;

    public SendAheadTests() => sendAhead = new SendAhead(MaxJobs, workers.Queue);

    [Fact]
    public void A_worker_without_jobs_takes_any_job()
        => Assert.True(sendAhead.Fits(TestWorkers.New(), new TestJob(1, bytes: 1 << 20, isQuick: false)));

    [Fact]
    public void Small_jobs_of_quick_functions_share_a_worker()
        => Assert.True(sendAhead.Fits(TestWorkers.With(new TestJob(1)), new TestJob(2)));

    [Fact]
    public void A_worker_gets_no_more_jobs_than_may_be_sent_ahead()
        => Assert.False(sendAhead.Fits(TestWorkers.With(new TestJob(1), new TestJob(2), new TestJob(3)), new TestJob(4)));

    [Fact]
    public void A_slow_job_does_not_share_a_worker()
    {
        Assert.False(sendAhead.Fits(TestWorkers.With(new TestJob(1)), new TestJob(2, isQuick: false)));
        Assert.False(sendAhead.Fits(TestWorkers.With(new TestJob(1, isQuick: false)), new TestJob(2)));
    }

    [Fact]
    public void A_large_job_does_not_share_a_worker()
        => Assert.False(sendAhead.Fits(TestWorkers.With(new TestJob(1)), new TestJob(2, bytes: Tuning.SendAhead.MaxJobBytes + 1)));

    [Fact]
    public void Jobs_that_are_sent_in_one_write_fit_into_the_pipe()
    {
        var many = new SendAhead(SharedPage.Slots, workers.Queue);
        var worker = TestWorkers.New();
        var bytes = 0;
        for (var attempt = 1; many.Fits(worker, new TestJob(attempt, bytes: Tuning.SendAhead.MaxJobBytes)); attempt++)
        {
            var job = new TestJob(attempt, bytes: Tuning.SendAhead.MaxJobBytes);
            worker.Assign(job, now: 0);
            bytes += RequestFrame.LengthOf(job);
        }

        Assert.InRange(bytes, Tuning.SendAhead.MaxBytesTogether / 2, Tuning.SendAhead.MaxBytesTogether);
    }

    [Fact]
    public void Jobs_wait_for_quick_and_gathering_workers_up_to_the_number_that_these_may_get()
    {
        var (quick, gathering) = (TestWorkers.New(), TestWorkers.New());
        Assert.False(sendAhead.IsWaitingFaster);
        sendAhead.SetQuick(quick, true);
        sendAhead.SetQuick(quick, true); // counts once
        sendAhead.SetGathering(gathering, true);
        Assert.True(WaitsUpTo(2 * MaxJobs));
        sendAhead.SetGathering(gathering, false);
        Assert.True(WaitsUpTo(MaxJobs));
        sendAhead.Forget(quick);
        Assert.False(sendAhead.IsWaitingFaster);
    }

    [Fact]
    public void Jobs_that_are_taken_back_return_to_the_front_in_order()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2), new TestJob(3)];
        var worker = TestWorkers.With(workers, jobs);
        workers.Queue.AddLast(new TestJob(4));
        sendAhead.TakeBackBehindFirst(worker);
        Assert.Equal([2, 3, 4], Attempts());
        Assert.Same(jobs[0], Assert.Single(worker.Jobs()));
        sendAhead.TakeBackAll(worker);
        Assert.Equal(0, worker.JobCount);
        Assert.Equal([1], Attempts());
    }

    [Fact]
    public void A_job_that_the_worker_has_claimed_is_not_taken_back()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2)];
        var worker = TestWorkers.With(workers, jobs);
        Assert.True(TestWorkers.ProcessOf(worker).Claim(new RequestHead { Slot = (byte)jobs[0].Slot, Attempt = 1 }));
        sendAhead.TakeBackAll(worker);
        Assert.Equal([2], Attempts());
        Assert.Same(jobs[0], worker.First);
    }

    private bool WaitsUpTo(int count)
    {
        while (sendAhead.IsWaitingFaster)
            workers.Queue.AddLast(new TestJob(1));
        var waited = workers.Queue.Count;
        Attempts();
        return waited == count;
    }

    private List<long> Attempts()
    {
        var attempts = new List<long>();
        while (workers.Queue.Count > 0)
            attempts.Add(workers.Queue.TakeFirst().Attempt);
        return attempts;
    }
}
