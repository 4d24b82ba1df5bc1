using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Wire;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Nodes;

/// <summary>
/// The life of a worker as its thread sees it. The thread of the test plays that thread; the worker has written or done everything before
/// the thread would wait.
/// </summary>
public sealed class WorkerThreadTests
{
    private readonly TestDispatch parts = new(static options => options.MinWorkers = 1);
    private readonly List<RequestKind> requests = [];
    private readonly ScriptedPlatform platform;
    private readonly Worker worker;
    private readonly WorkerThread thread;

    /// <summary>What the worker does when it gets the setup.</summary>
    private Action<ScriptedWorker> setUp = static worker => worker.Respond(ResponseKind.Ready, default, []);

    /// <summary>What it does with a job that it has claimed.</summary>
    private Action<ScriptedWorker, RequestHead> run = Respond;

    public WorkerThreadTests()
    {
        platform = new ScriptedPlatform((process, head) =>
        {
            process.Patience = TimeSpan.FromSeconds(20); // the thread of the test waits for it
            requests.Add(head.Kind);
            if (head.Kind == RequestKind.Setup)
                setUp(process);
            else if (process.Claim(head))
                run(process, head);
        });
        worker = parts.AddStarting();
        thread = new WorkerThread(parts.PortsOn(platform), worker);
    }

    private ScriptedWorker Process => Assert.Single(platform.Workers);

    [Fact]
    public void A_process_that_cannot_be_started_is_a_failed_start()
    {
        platform.StartFailure = "no process";
        thread.Run();
        Assert.Equal((WorkerState.Exited, "no process"), (worker.State, parts.Starts.FailureReason));
        Assert.Empty(parts.Workers.All);
    }

    [Fact]
    public void A_thread_that_the_system_refuses_is_a_failed_start()
    {
        thread.CannotStart("no thread");
        Assert.Equal("no thread", parts.Starts.FailureReason);
        Assert.Empty(platform.Workers);
    }

    [Fact]
    public void The_process_gets_its_setup_first_and_then_the_waiting_job()
    {
        var job = new TestJob(1);
        parts.Enqueue(job);
        run = RespondAndExit;
        thread.Run();
        Assert.Equal([RequestKind.Setup, RequestKind.Job], requests);
        Assert.IsType<JobFailed>(job.Failure);
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_next_job_is_sent_before_the_caller_of_the_last_one_continues(bool inline)
    {
        var sentBefore = 0;
        var first = Job(1, inline, () => sentBefore = Process.Sent.Count);
        parts.Enqueue(first, new TestJob(2));
        run = static (process, head) => (head.Attempt == 2 ? RespondAndExit : (Action<ScriptedWorker, RequestHead>)Respond)(process, head);
        thread.Run();
        Assert.Equal(2, sentBefore);
    }

    [Fact]
    public void Callers_continue_on_this_thread_and_each_in_a_context_of_its_own()
    {
        var local = new AsyncLocal<string>();
        var (here, seen) = (0, "nothing");
        var first = Job(1, inline: true, () => (here, local.Value) = (Environment.CurrentManagedThreadId, "of the first"));
        var second = Job(2, inline: true, () => seen = local.Value);
        parts.Enqueue(first, second);
        run = static (process, head) => (head.Attempt == 2 ? RespondAndExit : (Action<ScriptedWorker, RequestHead>)Respond)(process, head);
        thread.Run();
        Assert.Equal((Environment.CurrentManagedThreadId, null), (here, seen));
        Assert.True(first.Completed.IsCompletedSuccessfully && second.Completed.IsCompletedSuccessfully);
    }

    [Fact]
    public void The_jobs_of_a_process_that_exits_get_outcomes_before_it_is_replaced()
    {
        var workersThen = -1;
        var job = Job(1, inline: false, () => workersThen = parts.Workers.All.Count);
        parts.Enqueue(job);
        run = static (process, _) => process.End(3);
        thread.Run();
        Assert.Equal(3, Assert.IsType<JobExited>(job.Failure).ExitCode);
        Assert.Equal(0, workersThen);
        Assert.Equal(WorkerState.Starting, Assert.Single(parts.Workers.All).State);
        Assert.True(Process is { ExitWasRead: true, Disposed: true });
    }

    [Fact]
    public void The_outcome_is_delivered_after_the_exit_is_known_and_before_the_process_is_disposed()
    {
        (bool, bool)? then = null;
        var job = Job(1, inline: false, () => then = (Process.ExitWasRead, Process.Disposed));
        parts.Enqueue(job);
        run = static (process, _) => process.End(3);
        thread.Run();
        Assert.Equal((true, false), then);
        Assert.True(Process.Disposed);
    }

    [Fact]
    public void A_process_that_closes_its_pipe_is_killed()
    {
        var job = new TestJob(1);
        parts.Enqueue(job);
        run = static (process, _) => process.ClosePipe();
        thread.Run();
        Assert.Contains("The worker closed its response pipe", Assert.IsType<JobExited>(job.Failure).Message);
        AssertKilledAndReplaced();
    }

    [Fact]
    public void A_process_whose_responses_make_no_sense_is_killed()
    {
        var job = new TestJob(1);
        parts.Enqueue(job);
        run = static (process, _) => process.Write(new byte[ResponseHead.Size]);
        thread.Run();
        Assert.Contains("its responses could not be read", Assert.IsType<JobExited>(job.Failure).Message);
        AssertKilledAndReplaced();
    }

    [Fact]
    public void A_failure_of_Handler_while_it_starts_the_worker_ends_only_this_worker()
    {
        setUp = static _ => throw new InvalidOperationException("a bug");
        thread.Run();
        Assert.Contains(parts.Logger.Lines, static line => line.Level == LogLevel.Critical);
        AssertKilled();
        Assert.Contains("a bug", parts.Starts.FailureReason);
    }

    [Fact]
    public void A_failure_of_Handler_while_it_serves_the_worker_ends_only_this_worker()
    {
        setUp = static process =>
        {
            process.Resident = static () => throw new InvalidOperationException("a bug");
            process.Respond(ResponseKind.Ready, default, []);
        };
        thread.Run();
        Assert.Contains(parts.Logger.Lines, static line => line.Level == LogLevel.Critical);
        AssertKilled();
        Assert.Contains("a bug", parts.Starts.FailureReason);
    }

    [Fact]
    public void Jobs_get_outcomes_even_if_nobody_knows_how_their_process_ended()
    {
        var job = new TestJob(1);
        parts.Enqueue(job);
        run = static (process, _) =>
        {
            process.ReadExitFailure = new IOException("cannot reap it");
            process.End(0);
        };
        thread.Run();
        Assert.Contains("cannot reap it", Assert.IsType<JobLost>(job.Failure).Reason);
        Assert.True(job.Completed.IsCompletedSuccessfully);
        AssertKilledAndReplaced();
    }

    [Fact]
    public void A_thread_from_which_the_worker_was_taken_leaves_it_alone()
    {
        LoseWorker(with: new TestJob(2));
        Assert.Equal([1, 2], Process.Sent);
        Assert.False(Process.ExitWasRead);
        Assert.Equal(WorkerState.Busy, worker.State);
    }

    [Fact]
    public void Another_thread_serves_the_worker_from_there_to_its_end()
    {
        var job = Job(2, inline: true);
        LoseWorker(with: job);
        RespondTo(job);
        Process.End(0);
        thread.ContinueServing();
        Assert.True(job.Completed.IsCompletedSuccessfully);
        Assert.True(Process.Disposed);
    }

    [Fact]
    public void Without_another_thread_the_worker_is_served_a_little_at_a_time_and_no_caller_continues_here()
    {
        var job = Job(2, inline: true);
        LoseWorker(with: job);
        Assert.True(thread.ServeWithoutWaiting()); // nothing has happened
        RespondTo(job);
        Assert.True(thread.ServeWithoutWaiting());
        Assert.IsType<JobFailed>(job.Failure);
        Assert.False(job.Completed.IsCompleted);
        parts.Threads.Outcomes.DoWaiting();
        Assert.True(job.Completed.IsCompletedSuccessfully);
        Process.End(0);
        Assert.False(thread.ServeWithoutWaiting());
        Assert.True(Process.Disposed);
    }

    private static void Respond(ScriptedWorker process, RequestHead head)
        => process.Respond(ResponseKind.Failure, head, new FailureBody("It", "is", "done").Write());

    private static void RespondAndExit(ScriptedWorker process, RequestHead head)
    {
        Respond(process, head);
        process.End(0);
    }

    private void RespondTo(Job job) => Respond(Process, new RequestHead { Slot = (byte)job.Slot, Attempt = job.Attempt });

    /// <summary>A job whose caller may continue on the thread that delivers its outcome, or may not.</summary>
    private TestJob Job(long attempt, bool inline, Action? whenCompleted = null)
        => new(attempt, outcomes: inline ? parts.Threads.Outcomes : null) { WhenCompleted = whenCompleted ?? (static () => { }) };

    /// <summary>Runs until a caller's continuation has kept the thread for so long that the watchdog takes the worker.</summary>
    /// <param name="with">A job that the worker has then; it has claimed it.</param>
    private void LoseWorker(Job with)
    {
        var late = Stopwatch.GetTimestamp() + (1_000 * Tuning.Inline.Limit);
        parts.Enqueue(Job(1, inline: true, () => Assert.True(worker.Inline.TryTakeOver(late, out _))), with);
        run = static (process, head) =>
        {
            if (head.Attempt == 1)
                Respond(process, head);
        };
        thread.Run();
    }

    private void AssertKilled()
    {
        Assert.Equal((1, WorkerState.Exited), (Process.Kills, worker.State));
        Assert.True(Process is { ExitWasRead: true, Disposed: true });
        Assert.DoesNotContain(worker, parts.Workers.All);
    }

    private void AssertKilledAndReplaced()
    {
        AssertKilled();
        Assert.Equal(WorkerState.Starting, Assert.Single(parts.Workers.All).State);
    }
}
