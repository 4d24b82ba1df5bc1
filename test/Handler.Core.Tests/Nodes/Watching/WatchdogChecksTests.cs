using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>What the watchdog does each time it wakes, at times that the test chooses. All times in ns.</summary>
public sealed class WatchdogChecksTests
{
    private const long Millisecond = 1_000_000;
    private const long Start = 100_000 * Millisecond;

    private readonly List<IWorkerThread> takenOver = [];
    private readonly List<bool> gateWasHeld = [];

    [Fact]
    public void Without_workers_nothing_is_due() => Assert.Equal(long.MaxValue, ChecksOf(new TestDispatch()).Check(Start));

    [Theory]
    [InlineData(5, 7)]
    [InlineData(7, 5)]
    public void The_next_check_is_due_with_the_earliest_of_all_workers(int first, int second)
    {
        var parts = new TestDispatch();
        AddRunning(parts, 1, first);
        AddRunning(parts, 2, second);
        Assert.Equal(Start + (5 * Millisecond), ChecksOf(parts).Check(Start));
    }

    [Fact]
    public void Every_worker_is_checked()
    {
        var parts = new TestDispatch();
        Worker[] workers = [parts.AddIdle(), parts.AddIdle(), parts.AddIdle()];
        ChecksOf(parts).Check(workers.Max(static worker => worker.IdleSince) + (24L * 3_600_000 * Millisecond));
        Assert.All(workers, static worker => Assert.Equal("idle", worker.Retiring));
    }

    [Fact]
    public void Missing_workers_are_started()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 2);
        ChecksOf(parts).Check(Start);
        Assert.Equal(2, parts.Workers.All.Count);
    }

    [Fact]
    public void While_starts_are_delayed_it_looks_again_soon()
    {
        var parts = new TestDispatch();
        parts.Starts.Failed("no memory");
        var allowed = Assert.Single(parts.Wakes);
        var checks = ChecksOf(parts);
        Assert.Equal(allowed - 1 + Tuning.Workers.FirstStartDelay, checks.Check(allowed - 1));
        Assert.Equal(long.MaxValue, checks.Check(allowed));
    }

    [Fact]
    public void Waiting_jobs_are_sent_to_idle_workers_without_the_gate()
    {
        var parts = new TestDispatch();
        var worker = parts.AddIdle();
        var process = new ScriptedWorker(2, (_, _) => gateWasHeld.Add(parts.Groups.Totals.Gate.IsHeldByCurrentThread));
        worker.Process = process;
        parts.Workers.Queue.AddLast(new TestJob(1));
        ChecksOf(parts).Check(worker.IdleSince);
        Assert.Equal([1], process.Sent);
        Assert.Equal([false], gateWasHeld);
    }

    [Fact]
    public async Task A_worker_whose_thread_is_kept_for_too_long_gets_another_thread_without_the_gate()
    {
        var parts = new TestDispatch();
        var worker = parts.AddIdle();
        worker.Thread = new WorkerThread(NewDispatcher().Ports, worker);
        parts.AddIdle(); // nothing runs on its thread
        var begun = worker.IdleSince;
        await Task.Factory.StartNew(() => worker.Inline.Begin(begun), TaskCreationOptions.LongRunning);
        var checks = ChecksOf(parts);
        Assert.Equal(begun + Tuning.Inline.Limit, checks.Check(begun));
        checks.Check(begun + Tuning.Inline.Limit - 1);
        Assert.Empty(takenOver);
        checks.Check(begun + Tuning.Inline.Limit);
        checks.Check(begun + Tuning.Inline.Limit + 1);
        Assert.Equal([worker.Thread], takenOver);
        Assert.Equal([false], gateWasHeld);
    }

    [Fact]
    public void The_processes_of_a_long_running_job_are_measured_once_for_each_time_that_it_is_included()
    {
        var parts = new TestDispatch();
        var worker = TestWorkers.New();
        var measured = 0;
        TestWorkers.ProcessOf(worker).Resident = () => ++measured;
        parts.Sessions.Include(worker, new TestJob(1));
        var checks = ChecksOf(parts);
        var now = Stopwatch.GetTimestamp(); // the next measurement is due a little after the real time of this one
        checks.Check(now);
        Assert.Equal(1, measured);
        checks.Check(now + (3_600_000 * Millisecond));
        Assert.Equal(1, measured);
    }

    private static void AddRunning(TestDispatch parts, long attempt, int milliseconds)
    {
        var job = new TestJob(attempt, options: new JobOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) });
        SetClaim(parts.AddBusy(Start, job), job);
    }

    private static unsafe void SetClaim(Worker worker, Job job) => worker.Process!.Page->Claims[job.Slot] = Start;

    private static Dispatcher NewDispatcher()
    {
        var platform = new ScriptedPlatform(static (_, _) => { });
        var options = new HandlerOptions();
        return new Dispatcher(options, platform, TestDispatch.ProfilesOf(options), new RecordingLogger(), static _ => { });
    }

    private WatchdogChecks ChecksOf(TestDispatch parts)
        => new(
            parts.Groups,
            parts.Checks,
            parts.Sessions,
            new JobSender(parts.Threads.LargeSends),
            thread =>
            {
                takenOver.Add(thread);
                gateWasHeld.Add(parts.Groups.Totals.Gate.IsHeldByCurrentThread);
            });
}
