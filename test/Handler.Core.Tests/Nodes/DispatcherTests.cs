using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>
/// What the dispatcher does with a job that is submitted or stopped. It has its own threads, and one worker, which does what the test says.
/// </summary>
public sealed class DispatcherTests : IAsyncDisposable
{
    private readonly ConcurrentQueue<(RequestHead Head, int Thread)> requests = [];
    private readonly ConcurrentQueue<long> wakes = [];
    private readonly ScriptedPlatform platform;
    private bool claims = true;
    private Dispatcher? started;

    public DispatcherTests()
        => platform = new ScriptedPlatform((worker, head) =>
        {
            if (head.Kind == RequestKind.Setup)
            {
                worker.Respond(ResponseKind.Ready, default, []);
                return;
            }

            requests.Enqueue((head, Environment.CurrentManagedThreadId));
            if (claims)
                Assert.True(worker.Claim(head));
        });

    private ScriptedWorker Worker => platform.Workers[0];

    public async ValueTask DisposeAsync()
    {
        if (started is null)
            return;
        await CloseAsync(started);
        started.EndThreads();
    }

    [Fact]
    public async Task The_thread_that_submits_a_job_sends_it_to_an_idle_worker()
    {
        var dispatcher = await StartAsync();
        dispatcher.Submit(new TestJob(1));
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(requests).Thread);
        Assert.Equal([1], Worker.Sent);
    }

    [Fact]
    public async Task A_job_waits_while_all_workers_are_busy_and_runs_after_one_has_responded()
    {
        var dispatcher = await StartAsync();
        var (first, second) = (new TestJob(1), new TestJob(2));
        dispatcher.Submit(first);
        dispatcher.Submit(second);
        Assert.Equal([1], Worker.Sent);
        RespondTo(1);
        await Wait.For(first.Completed, "the outcome of the job");
        await Wait.Until(() => Worker.Sent.SequenceEqual([1, 2]), "the second job to be sent");
        Assert.Null(second.Failure);
    }

    [Fact]
    public async Task A_job_is_rejected_before_Submit_returns_if_the_queue_is_full()
    {
        var dispatcher = await StartAsync(static options => options.MaxQueuedJobs = 1);
        var (waiting, rejected) = (new TestJob(2), new TestJob(3));
        dispatcher.Submit(new TestJob(1));
        dispatcher.Submit(waiting);
        dispatcher.Submit(rejected);
        Assert.Equal(new JobRejected(null, RejectReason.QueueFull, 1, 1, 1), rejected.Failure);
        Assert.True(rejected.Decided && rejected.Completed.IsCompletedSuccessfully);
        Assert.False(dispatcher.Kill(rejected, Killed("too late")));
        Assert.Null(waiting.Failure);
    }

    [Fact]
    public async Task A_job_whose_place_is_counted_elsewhere_waits_in_a_full_queue()
    {
        var dispatcher = await StartAsync(static options => options.MaxQueuedJobs = 0);
        var counted = new TestJob(2) { IsCounted = true };
        dispatcher.Submit(new TestJob(1));
        dispatcher.Submit(counted);
        Assert.True(counted is { Queued: true, Failure: null });
    }

    [Fact]
    public async Task A_node_that_closes_accepts_no_job()
    {
        var dispatcher = await StartAsync();
        await CloseAsync(dispatcher);
        var job = new TestJob(1);
        Assert.Throws<ObjectDisposedException>(() => dispatcher.Submit(job));
        Assert.Equal((false, null), (job.Decided, job.Failure));
    }

    [Fact]
    public async Task A_job_that_is_stopped_before_it_is_submitted_is_refused_for_the_first_reason()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1);
        var why = Killed("early");
        Assert.True(dispatcher.Kill(job, why));
        Assert.False(dispatcher.Kill(job, Killed("later")));
        Assert.False(job.Completed.IsCompleted);
        dispatcher.Submit(job);
        Assert.Same(why, job.Failure);
        Assert.True(job.Completed.IsCompletedSuccessfully);
        Assert.Empty(Worker.Sent);
    }

    [Fact]
    public async Task A_waiting_job_that_is_stopped_is_never_sent()
    {
        var dispatcher = await StartAsync();
        var waiting = new TestJob(2);
        dispatcher.Submit(new TestJob(1));
        dispatcher.Submit(waiting);
        dispatcher.Submit(new TestJob(3));
        var why = Killed("it waits");
        Assert.True(dispatcher.Kill(waiting, why));
        Assert.Same(why, waiting.Failure);
        Assert.True(waiting.Completed.IsCompletedSuccessfully);
        Assert.False(dispatcher.Kill(waiting, Killed("again")));
        RespondTo(1);
        await Wait.Until(() => Worker.Sent.SequenceEqual([1, 3]), "the third job to be sent");
        Assert.Equal(0, Worker.Kills);
    }

    [Fact]
    public async Task A_job_that_its_worker_has_not_started_is_taken_back_and_the_worker_gets_the_next_one()
    {
        claims = false;
        var dispatcher = await StartAsync();
        var (sent, next) = (new TestJob(1), new TestJob(2));
        dispatcher.Submit(sent);
        dispatcher.Submit(next);
        var why = Killed("not started");
        Assert.True(dispatcher.Kill(sent, why));
        Assert.Same(why, sent.Failure);
        Assert.True(sent.Decided && sent.Completed.IsCompletedSuccessfully);
        Assert.Equal([1, 2], Worker.Sent);
        Assert.True(dispatcher.Kill(next, why));
        dispatcher.Submit(new TestJob(3)); // to the worker, which is idle again
        Assert.Equal([1, 2, 3], Worker.Sent);
        Assert.Equal(0, Worker.Kills);
    }

    [Fact]
    public async Task A_job_that_is_stopped_before_it_starts_leaves_its_place_to_another_profile()
    {
        claims = false;
        var dispatcher = await StartAsync(static options => options.AddProfile("other"));
        var (job, other) = (new TestJob(1), new TestJob(2, pool: "b", profile: "other"));
        dispatcher.Submit(job);
        dispatcher.Submit(other);
        Assert.True(dispatcher.Kill(job, Killed("not started")));
        await Wait.Until(
            () =>
            {
                dispatcher.Check(Stopwatch.GetTimestamp()); // no watchdog runs
                return requests.Any(static request => request.Head.Attempt == 2);
            },
            "the job of the other profile to be sent");
    }

    [Fact]
    public async Task A_running_job_is_killed_with_its_worker()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1);
        dispatcher.Submit(job);
        var why = Killed("it runs");
        Assert.True(dispatcher.Kill(job, why));
        Assert.Equal(1, Worker.Kills);
        await Wait.For(job.Completed, "the outcome of the job");
        Assert.Equal(why, job.Failure);
        Assert.NotNull(job.Usage);
        await Wait.Until(() => platform.Workers.Count == 2, "a new worker");
    }

    [Fact]
    public async Task A_cancelled_job_is_asked_to_end_and_killed_when_its_grace_is_over()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1, options: new JobOptions { CancellationGrace = TimeSpan.FromSeconds(1) });
        dispatcher.Submit(job);
        using var source = new CancellationTokenSource();
        dispatcher.Cancel(job, source.Token);
        Assert.Equal(1, AskedToCancel());
        Assert.True(job.ToldToEnd);
        Assert.Contains(job.KillAt, wakes);
        dispatcher.Check(job.KillAt - 1);
        Assert.Equal(0, Worker.Kills);
        dispatcher.Check(job.KillAt);
        Assert.Equal(1, Worker.Kills);
        await Wait.For(job.Completed, "the outcome of the job");
        Assert.Equal(JobKilled.CallerCancelled(source.Token), job.Failure);
    }

    [Fact]
    public async Task A_kill_does_not_wait_for_the_grace_of_an_earlier_cancellation()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1, options: new JobOptions { CancellationGrace = TimeSpan.FromHours(1) });
        dispatcher.Submit(job);
        dispatcher.Cancel(job, default);
        var why = Killed("now");
        Assert.True(dispatcher.Kill(job, why));
        Assert.Equal(1, Worker.Kills);
        await Wait.For(job.Completed, "the outcome of the job");
        Assert.Equal(why, job.Failure);
    }

    [Fact]
    public async Task A_job_that_has_ended_cannot_be_stopped()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1);
        dispatcher.Submit(job);
        RespondTo(1);
        await Wait.For(job.Completed, "the outcome of the job");
        Assert.False(dispatcher.Kill(job, Killed("too late")));
        Assert.IsType<JobFailed>(job.Failure);
        Assert.Equal(0, Worker.Kills);
    }

    [Fact]
    public async Task A_job_whose_function_has_ended_is_awaited()
    {
        var dispatcher = await StartAsync();
        var job = new TestJob(1);
        dispatcher.Submit(job);
        Finish(job);
        Assert.False(dispatcher.Kill(job, Killed("too late")));
        Assert.Equal((0, 0L), (Worker.Kills, AskedToCancel()));
        Assert.Contains(job.KillAt, wakes); // the watchdog ensures that the response comes
        RespondTo(1);
        await Wait.For(job.Completed, "the outcome of the job");
        Assert.IsType<JobFailed>(job.Failure);
    }

    [Fact]
    public async Task A_caller_may_continue_inline_if_nothing_runs_or_waits()
    {
        var dispatcher = await StartAsync();
        Assert.NotNull(dispatcher.OutcomesIfInline);
        dispatcher.Submit(new TestJob(1));
        Assert.Null(dispatcher.OutcomesIfInline);
    }

    [Fact]
    public void No_caller_continues_inline_if_the_options_forbid_it()
        => Assert.Null(Create(static options => options.InlineContinuations = false).OutcomesIfInline);

    [Fact]
    public async Task A_job_that_is_never_submitted_can_be_refused()
    {
        var dispatcher = await StartAsync();
        var (job, why) = (new TestJob(1), Killed("not admitted"));
        dispatcher.Refuse(job, why);
        Assert.Same(why, job.Failure);
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Closing_kills_the_workers_and_is_reported_when_their_jobs_have_outcomes()
    {
        var dispatcher = await StartAsync();
        var (running, waiting) = (new TestJob(1), new TestJob(2));
        dispatcher.Submit(running);
        dispatcher.Submit(waiting);
        Assert.Equal([Worker.Pid], dispatcher.WorkerPids());
        await CloseAsync(dispatcher);
        Assert.Equal((JobKilled.ShuttingDown(), JobKilled.ShuttingDown()), (running.Failure, waiting.Failure));
        Assert.True(running.Completed.IsCompletedSuccessfully && waiting.Completed.IsCompletedSuccessfully);
        Assert.True(Worker.ExitWasRead);
        Assert.Empty(dispatcher.WorkerPids());
    }

    [Fact]
    public void A_node_whose_threads_were_never_started_is_closed_by_the_thread_that_closes_it()
    {
        var isClosed = false;
        Create().Close(() => isClosed = true);
        Assert.True(isClosed);
    }

    private static JobKilled Killed(string reason) => new(KillCause.UserKilled, reason);

    private static Task CloseAsync(Dispatcher dispatcher)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        dispatcher.Close(closed.SetResult);
        return Wait.For(closed.Task, "the node to close");
    }

    private Dispatcher Create(Action<HandlerOptions>? configure = null)
    {
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 1, SpareWorkers = 0 };
        configure?.Invoke(options);
        return new Dispatcher(options, platform, TestDispatch.ProfilesOf(options), new RecordingLogger(), wakes.Enqueue);
    }

    private async Task<Dispatcher> StartAsync(Action<HandlerOptions>? configure = null)
    {
        started = Create(configure);
        started.StartThreads();
        await Wait.For(started.OpenAsync(CancellationToken.None), "the worker to be ready");
        return started;
    }

    /// <summary>Ends a job with an exception.</summary>
    private void RespondTo(long attempt)
    {
        var (head, _) = requests.Single(request => request.Head.Attempt == attempt);
        Worker.Respond(ResponseKind.Failure, head, new FailureBody("It", "is", "done").Write());
    }

    /// <summary>Ends a job's function; its response is still to come.</summary>
    private unsafe void Finish(Job job) => Volatile.Write(ref Worker.Page->Claims[job.Slot], SharedPage.Finished);

    /// <summary>The attempt that the worker is asked to cancel; 0 if none.</summary>
    private unsafe long AskedToCancel() => Volatile.Read(ref Worker.Page->CancelAttempt);
}
