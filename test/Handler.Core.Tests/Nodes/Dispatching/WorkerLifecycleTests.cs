using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Wire;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Nodes;

/// <summary>What happens to a worker from its start to its exit, and the closing of the node.</summary>
public sealed class WorkerLifecycleTests
{
    private const int ExitedId = 1003;

    private static readonly ExitStatus Exit = new(Code: 3, Signal: null, CpuNanoseconds: 0);

    private readonly TestDispatch parts = new(static options => options.MinWorkers = 1);

    private WorkerLifecycle Lifecycle => parts.Lifecycle;

    [Fact]
    public void A_node_opens_with_the_wanted_workers()
    {
        Lifecycle.Open(parts.Group, atLeastOne: false);
        Assert.Equal(WorkerState.Starting, Assert.Single(parts.Workers.All).State);
    }

    [Fact]
    public void A_closing_node_kills_its_workers_and_the_waiting_jobs_get_their_outcome()
    {
        var (running, waiting) = (new TestJob(1), new TestJob(2));
        var worker = parts.AddBusy(0, running);
        parts.Enqueue(waiting);
        Lifecycle.Close(static () => { });
        Assert.Equal(JobKilled.ShuttingDown(), waiting.Failure);
        Assert.True(waiting.Completed.IsCompletedSuccessfully);
        Assert.Null(running.Failure); // when its worker has exited
        Assert.Equal(1, TestWorkers.ProcessOf(worker).Kills);
        Assert.True(parts.Workers.Totals.Closing);
    }

    [Fact]
    public void A_node_is_closed_once_its_last_worker_is_replaced_by_none()
    {
        var closed = 0;
        var (first, second) = (parts.AddIdle(), parts.AddIdle());
        Lifecycle.Close(() => closed++);
        End(first);
        Lifecycle.Replace(first);
        parts.Threads.Outcomes.DoWaiting();
        Assert.Equal(0, closed);
        End(second);
        Lifecycle.Replace(second);
        Lifecycle.Replace(second);
        Assert.Equal(0, closed); // it is reported on the thread for outcomes
        parts.Threads.Outcomes.DoWaiting();
        Assert.Equal(1, closed);
        Assert.Empty(parts.Workers.All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_is_closed_only_when_each_worker_is_reaped_also_one_whose_exit_cannot_be_read(bool isAbandoned)
    {
        var closed = 0;
        var (first, second) = (parts.AddIdle(), parts.AddIdle());
        Lifecycle.Close(() => closed++);
        if (isAbandoned)
            Lifecycle.Abandon(first, new IOException("cannot read its exit"));
        else
            End(first);
        End(second);
        Lifecycle.Replace(second);
        parts.Threads.Outcomes.DoWaiting();
        Assert.Equal(0, closed);
        Lifecycle.Replace(first);
        parts.Threads.Outcomes.DoWaiting();
        Assert.Equal(1, closed);
    }

    [Fact]
    public void A_node_without_workers_is_closed_immediately()
    {
        var closed = 0;
        Lifecycle.Close(() => closed++);
        parts.Threads.Outcomes.DoWaiting();
        Assert.Equal(1, closed);
    }

    [Fact]
    public void A_process_that_starts_while_the_node_closes_is_killed()
    {
        var process = new ScriptedWorker(1, static (_, _) => { });
        var worker = parts.AddStarting();
        Lifecycle.Started(worker, process);
        Assert.Same(process, worker.Process);
        Assert.Equal(0, process.Kills);
        Lifecycle.Close(static () => { });
        var late = new ScriptedWorker(2, static (_, _) => { });
        Lifecycle.Started(parts.AddStarting(), late);
        Assert.Equal((1, 1), (process.Kills, late.Kills));
    }

    [Fact]
    public void A_worker_that_cannot_be_started_counts_nowhere_and_the_waiting_jobs_wait_on()
    {
        var worker = parts.AddStarting();
        parts.Enqueue(new TestJob(1));
        Lifecycle.CannotStart(worker, "no process");
        Assert.Empty(parts.Workers.All);
        Assert.Equal((WorkerState.Exited, "no process", 1), (worker.State, parts.Starts.FailureReason, parts.Workers.Queue.Count));
    }

    [Fact]
    public void Waiting_jobs_are_rejected_if_starts_keep_failing_and_no_worker_is_left()
    {
        var (job, left) = (new TestJob(1), parts.AddStarting());
        parts.Enqueue(job);
        KeepFailing();
        Lifecycle.CannotStart(parts.AddStarting(), "no memory");
        Assert.Null(job.Failure);
        Lifecycle.CannotStart(left, "no process");
        var reject = Assert.IsType<JobRejected>(job.Failure);
        Assert.Equal((RejectReason.WorkersDoNotStart, "no process"), (reject.Reason, reject.Detail));
    }

    [Fact]
    public void The_exit_of_the_last_worker_rejects_the_waiting_jobs_if_starts_keep_failing()
    {
        var job = new TestJob(1);
        var worker = parts.AddIdle();
        parts.Enqueue(job);
        KeepFailing();
        End(worker);
        Assert.Null(job.Failure);
        Lifecycle.Replace(worker);
        Assert.IsType<JobRejected>(job.Failure);
    }

    [Fact]
    public void A_ready_worker_gets_a_waiting_job()
    {
        var job = new TestJob(1);
        parts.Enqueue(job);
        var worker = parts.AddStarting();
        var process = new ScriptedWorker(1, static (_, _) => { }) { Resident = static () => 77 };
        Lifecycle.Started(worker, process);
        Lifecycle.Ready(worker);
        Assert.Equal(WorkerState.Busy, worker.State);
        Assert.Equal(77, worker.ReadyResident);
        Assert.True(worker.ReadyAt > 0);
        Assert.Equal([1], process.Sent);
    }

    [Fact]
    public void A_worker_that_reports_a_second_time_that_it_is_ready_is_not_idle_twice()
    {
        var worker = parts.AddStarting();
        Lifecycle.Started(worker, new ScriptedWorker(1, static (_, _) => { }));
        Lifecycle.Ready(worker);
        parts.Enqueue(new TestJob(1), new TestJob(2));
        Lifecycle.Ready(worker);
        Assert.Equal((WorkerState.Idle, 2), (worker.State, parts.Workers.Queue.Count));
    }

    [Fact]
    public void The_jobs_of_a_worker_that_asks_to_be_replaced_go_to_another_worker()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        var other = parts.AddIdle();
        Lifecycle.Retire(worker, "a thread is left");
        Assert.Same(other, job.Worker);
        Assert.Equal([1], TestWorkers.ProcessOf(other).Sent);
        Assert.Contains(parts.Logger.Lines, static line => line.Text.Contains("a thread is left", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_whose_responses_cannot_be_read_is_killed_with_its_jobs()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        Claim(worker, job);
        Lifecycle.ProtocolBroken(worker, "a frame of 0 bytes");
        End(worker, new ExitStatus(null, LibC.SIGKILL, 0));
        Assert.Contains("a frame of 0 bytes", Assert.IsType<JobExited>(job.Failure).Message);
    }

    [Fact]
    public void A_worker_that_exits_by_itself_has_its_own_outcome_although_its_pipe_closes_first()
    {
        var (exiting, outOfMemory) = (new TestJob(1), new TestJob(2));
        var worker = parts.AddBusy(0, exiting);
        Claim(worker, exiting);
        Lifecycle.PipeClosed(worker);
        End(worker, new ExitStatus(3, null, 0));
        Assert.Equal(new JobExited(3, null, null), exiting.Failure);

        var other = parts.AddBusy(0, outOfMemory);
        Claim(other, outOfMemory);
        Lifecycle.PipeClosed(other);
        Report(other, outOfMemory);
        End(other, new ExitStatus(WorkerExitCodes.Memory, null, 0));
        Assert.Equal(MemoryLimitSource.ResidentMemory, Assert.IsType<JobOutOfMemory>(outOfMemory.Failure).Source);
    }

    [Fact]
    public void A_failure_of_Handler_itself_kills_the_worker_and_is_logged()
    {
        var worker = parts.AddIdle();
        Lifecycle.ThreadFailed(worker, new InvalidOperationException("a bug"));
        Assert.Contains("a bug", Assert.IsType<JobLost>(worker.Kill).Reason);
        Assert.Equal(LogLevel.Critical, Assert.Single(parts.Logger.Lines).Level);
        Lifecycle.ThreadFailed(parts.AddStarting(), new InvalidOperationException("a bug before there is a process"));
    }

    [Fact]
    public void A_started_job_of_a_worker_that_exits_is_decided_and_the_others_return_to_the_queue()
    {
        var (started, next) = (new TestJob(1), new TestJob(2));
        var worker = parts.AddBusy(0, started, next);
        Claim(worker, started);
        End(worker);
        Assert.Equal(3, Assert.IsType<JobExited>(started.Failure).ExitCode);
        Assert.Null(next.Failure);
        Assert.Same(next, parts.Workers.Queue.First);
        Assert.Equal((0, WorkerState.Exited), (parts.Workers.Busy, worker.State));
        Assert.Equal(ExitedId, Assert.Single(parts.Logger.Lines).Id);
    }

    [Fact]
    public void The_exit_of_a_dismissed_worker_is_not_logged()
    {
        var worker = parts.AddIdle();
        parts.Workers.Dismiss(worker, "idle");
        End(worker);
        Assert.Empty(parts.Logger.Lines);
    }

    [Fact]
    public void A_worker_that_exits_before_it_is_ready_counts_as_a_failed_start_unless_the_node_closes()
    {
        var worker = parts.AddStarting();
        Lifecycle.Started(worker, new ScriptedWorker(1, static (_, _) => { }));
        End(worker);
        Assert.Contains("it exited with code 3", parts.Starts.FailureReason);
        var closing = new TestDispatch();
        var late = closing.AddStarting();
        closing.Lifecycle.Started(late, new ScriptedWorker(1, static (_, _) => { }));
        closing.Lifecycle.Close(static () => { });
        closing.Lifecycle.Exited(late, Exit, "", "", static (_, _, _) => { });
        Assert.Equal("", closing.Starts.FailureReason);
    }

    [Fact]
    public void No_job_of_an_abandoned_worker_is_left_without_an_outcome()
    {
        TestJob[] jobs = [new(1), new(2)];
        var worker = parts.AddBusy(0, jobs);
        Claim(worker, jobs[0]);
        Lifecycle.Abandon(worker, new IOException("cannot reap it"));
        Assert.All(jobs, static job => Assert.Contains("cannot reap it", Assert.IsType<JobLost>(job.Failure).Reason));
        Assert.All(jobs, static job => Assert.True(job.Decided && job.Completed.IsCompletedSuccessfully));
        Assert.Empty(parts.Workers.All);
        Lifecycle.Abandon(worker, new IOException("again"));
        Assert.Equal(0, parts.Workers.Busy);
    }

    [Fact]
    public void A_worker_that_has_exited_is_replaced_and_waiting_jobs_go_to_idle_workers()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        End(worker);
        var idle = parts.AddIdle();
        Lifecycle.Replace(worker);
        Assert.Same(idle, job.Worker);
        Assert.Equal([1], TestWorkers.ProcessOf(idle).Sent);
        End(idle);
        Lifecycle.Replace(idle);
        Assert.Equal(WorkerState.Starting, Assert.Single(parts.Workers.All).State);
    }

    [Fact]
    public void A_waiting_job_gets_the_place_of_a_worker_that_has_ended_before_a_replacement_starts()
    {
        var (killed, waiting) = (new TestJob(1), new TestJob(2));
        var worker = parts.AddBusy(0, killed);
        Claim(worker, killed);
        var spare = parts.AddIdle();
        parts.Enqueue(waiting);
        End(worker);
        Lifecycle.PlaceIsFree();
        Assert.Same(spare, waiting.Worker);
        Assert.Equal([2], TestWorkers.ProcessOf(spare).Sent);
        Assert.Same(spare, Assert.Single(parts.Workers.All));
    }

    [Fact]
    public void The_replacement_of_a_worker_killed_for_a_job_starts_when_it_is_reaped()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        Claim(worker, job);
        Lifecycle.ProtocolBroken(worker, "a frame of 0 bytes");
        parts.Starts.StartMissing();
        Assert.Same(worker, Assert.Single(parts.Workers.All));
        End(worker, new ExitStatus(null, LibC.SIGKILL, 0));
        Assert.Empty(parts.Workers.All);
        Lifecycle.Replace(worker);
        Assert.Equal(WorkerState.Starting, Assert.Single(parts.Workers.All).State);
    }

    [Fact]
    public void The_process_ids_are_those_of_all_workers_with_a_process()
    {
        Assert.Empty(Lifecycle.Pids());
        parts.AddStarting();
        Lifecycle.Started(parts.AddStarting(), new ScriptedWorker(17, static (_, _) => { }));
        Assert.Equal([17], Lifecycle.Pids());
    }

    /// <summary>What the worker writes before it exits because of its memory.</summary>
    private static unsafe void Report(Worker worker, Job job)
    {
        var page = worker.Process!.Page;
        (page->MemorySource, page->MemoryAttempt, page->MemoryUsed) = ((int)MemoryLimitSource.ResidentMemory, job.Attempt, 1L << 40);
    }

    private static void Claim(Worker worker, Job job)
        => Assert.True(TestWorkers.ProcessOf(worker).Claim(new RequestHead { Slot = (byte)job.Slot, Attempt = job.Attempt }));

    /// <summary>Starts have failed for longer than jobs wait for a worker, and the next one is far away.</summary>
    private void KeepFailing()
    {
        for (var time = 1L; time < Tuning.Workers.LeastStartFailures; time++)
            parts.BackOff.Failed(time * Tuning.Workers.MaxStartDelay, "earlier", out _);
        parts.BackOff.Failed(long.MaxValue / 2, "last", out _);
    }

    private void End(Worker worker, ExitStatus? status = null)
        => Lifecycle.Exited(worker, status ?? Exit, "", "", static (job, failure, _) => job.SetFailure(failure, null, null));
}
