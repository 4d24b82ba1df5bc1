using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

public sealed class CancellationTests : IAsyncLifetime
{
    private static readonly JobLimits Grace = new() { CancellationGrace = TimeSpan.FromSeconds(20) };
    private TestNode node = null!;

    // On a busy machine, a thread-pool thread of an asynchronous job may still be finishing when the worker looks for leftovers. What
    // counts here is whether the worker was killed.
    public async Task InitializeAsync()
        => node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.SpareWorkers, options.Recycling.OnLeftovers) = (1, 1, false));

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_job_cancelled_before_its_call_never_starts()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("started");
        var outcome = await node.Run(() => File.WriteAllText(path, ""), null, new CancellationToken(true));
        AssertCancelled(outcome);
        Assert.Null(outcome.Usage);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public async Task A_running_job_that_is_cancelled_is_killed_and_its_slot_is_free_again()
    {
        var outcome = await CancelWhenItRuns(
            (path, cancellation)
                => node.Run(
                    () =>
                    {
                        File.WriteAllText(path, "");
                        CpuHogs.TightLoop();
                    },
                    null,
                    cancellation));
        AssertCancelled(outcome);
        Assert.NotNull(outcome.Usage);
        Assert.False(ProcessTable.IsRunning(outcome.Usage.WorkerPid));
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    [Fact]
    public async Task Processes_that_a_job_started_exit_with_the_job()
    {
        await ExitWithTheJob(3, static path => Children.ReportAndHang(path, Children.LeaveFamily()));
        await ExitWithTheJob(1, static path => Children.ReportAndHang(path, Children.LeaveChildWithStdout()));
        await ExitWithTheJob(1, static path => Children.ReportAndHang(path, Children.LeaveChildInOwnGroup()));

        async Task ExitWithTheJob(int processes, Action<string> job)
        {
            using var folder = new TemporaryFolder();
            using var source = new CancellationTokenSource();
            var path = folder.File("pids");
            var outcome = node.Run(() => job(path), null, source.Token);
            await folder.WaitFor("pids");
            int[] pids = [.. (await File.ReadAllLinesAsync(path)).Select(int.Parse)];
            Assert.Equal(processes, pids.Count(ProcessTable.IsRunning));
            await source.CancelAsync();
            AssertCancelled(await outcome);
            await Wait.Until(
                () => !pids.Any(ProcessTable.IsRunning),
                () => $"children still run: {string.Join(", ", pids.Where(ProcessTable.IsRunning))}");
        }
    }

    [Fact]
    public async Task A_queued_job_that_is_cancelled_never_starts()
    {
        using var folder = new TemporaryFolder();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var (running, queued) = (folder.File("running"), folder.File("queued"));
        var busy = node.Run(() => { File.WriteAllText(running, ""); CpuHogs.Sleep(); }, null, first.Token);
        await folder.WaitFor("running");
        var waiting = node.Run(() => File.WriteAllText(queued, ""), null, second.Token);
        await second.CancelAsync();
        var dropped = await waiting;
        AssertCancelled(dropped);
        Assert.Null(dropped.Usage);
        Assert.False(busy.IsCompleted);
        await first.CancelAsync();
        AssertCancelled(await busy);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        Assert.Equal(["running"], folder.Names());
    }

    [Fact]
    public async Task A_job_can_return_a_value_during_the_grace_after_its_token_is_cancelled()
    {
        var outcome = await ReturnDuringTheGraceAsync();
        Assert.Equal("saved what there was", outcome.GetValueOrThrow());
        var pid = outcome.Usage!.WorkerPid;
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
        Assert.Contains(pid, node.Workers());
    }

    [Fact]
    public async Task A_token_callback_that_throws_does_not_end_the_worker_and_is_reported_in_the_output()
    {
        var outcome = await CancelWhenItRuns(
            (path, cancellation)
                => node.Handler.RunAsync(
                    token =>
                    {
                        using var told = new FirstLine();
                        Console.SetError(told);
                        token.Register(static () => throw new InvalidOperationException("thrown by the callback"));
                        File.WriteAllText(path, "");
                        return told.Wait();
                    },
                    Grace,
                    cancellation));
        Assert.StartsWith(
            "A callback of the job's cancellation token threw an exception: System.InvalidOperationException: thrown by the callback",
            outcome.GetValueOrThrow());
        Assert.Contains(outcome.Usage!.WorkerPid, node.Workers());
    }

    [Fact]
    public async Task A_job_whose_thread_pool_is_busy_still_sees_its_cancellation()
    {
        var outcome = await CancelWhenItRuns((path, cancellation) => node.Handler.RunAsync(
            token =>
            {
                ThreadPool.GetMinThreads(out var threads, out _);
                ThreadPool.SetMaxThreads(threads, threads);
                for (var i = 0; i < 2 * threads; i++)
                    ThreadPool.UnsafeQueueUserWorkItem(static token => ((CancellationToken)token!).WaitHandle.WaitOne(), token);
                File.WriteAllText(path, "");
                token.WaitHandle.WaitOne();
                return "told";
            },
            Grace,
            cancellation));
        Assert.Equal("told", outcome.GetValueOrThrow());
    }

    [Fact]
    public async Task A_token_that_a_job_has_kept_is_not_cancelled_with_a_later_job()
    {
        await using var oneWorker = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.SpareWorkers, options.Recycling.OnLeftovers) = (1, 0, false));
        var keeper = await oneWorker.Handler.RunAsync(static token => Leftovers.KeepToken(token));
        var outcome = await CancelWhenItRuns((path, cancellation) => oneWorker.Handler.RunAsync(
            token =>
            {
                File.WriteAllText(path, "");
                token.WaitHandle.WaitOne();
                return Leftovers.KeptToken.CanBeCanceled && !Leftovers.KeptToken.IsCancellationRequested;
            },
            Grace,
            cancellation));
        Assert.Equal(keeper.Usage!.WorkerPid, outcome.Usage!.WorkerPid);
        Assert.True(outcome.GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_that_ends_through_its_token_during_the_grace_is_killed_as_cancelled()
    {
        var outcome = await CancelWhenItRuns((path, cancellation) => node.Handler.RunAsync(
            async token =>
            {
                await File.WriteAllTextAsync(path, "", CancellationToken.None);
                await Task.Delay(Timeout.Infinite, token);
            },
            Grace,
            cancellation));
        AssertCancelled(outcome);
        Assert.Equal("The caller cancelled the job", outcome.Message);
        Assert.NotNull(outcome.Usage);
    }

    [Fact]
    public async Task The_message_of_a_cancelled_job_names_the_exception_thrown_during_the_grace()
    {
        var outcome = await CancelWhenItRuns((path, cancellation) => node.Handler.RunAsync(
            token =>
            {
                File.WriteAllText(path, "");
                token.WaitHandle.WaitOne();
                throw new InvalidOperationException("half of it is done");
            },
            Grace,
            cancellation));
        AssertCancelled(outcome);
        Assert.Equal("The caller cancelled the job; it ended with System.InvalidOperationException: half of it is done", outcome.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task The_exception_of_a_cancelled_job_carries_the_token_of_its_caller(int graceMilliseconds)
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        var path = folder.File("running");
        var job = node.Handler.RunAsync(
            async token =>
            {
                await File.WriteAllTextAsync(path, "", CancellationToken.None);
                await Task.Delay(Timeout.Infinite, token);
            },
            new JobLimits { CancellationGrace = TimeSpan.FromMilliseconds(graceMilliseconds) },
            source.Token);
        await folder.WaitFor("running");
        await source.CancelAsync();
        var outcome = await Wait.For(job);
        Assert.Equal(source.Token, Assert.Throws<OperationCanceledException>(() => outcome.ThrowIfFailed()).CancellationToken);
    }

    [Fact]
    public async Task The_exception_of_a_job_cancelled_before_its_call_carries_the_token_too()
    {
        var cancelled = new CancellationToken(true);
        var outcome = await node.Run(static () => 1, null, cancelled);
        Assert.Equal(cancelled, Assert.Throws<OperationCanceledException>(() => outcome.GetValueOrThrow()).CancellationToken);
    }

    [Fact]
    public async Task The_token_of_the_next_job_is_not_cancelled()
    {
        Assert.True((await ReturnDuringTheGraceAsync()).IsSuccess);
        Assert.False((await Wait.For(node.Handler.RunAsync(static token => token.IsCancellationRequested))).GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_that_ignores_its_token_is_killed_after_the_grace()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        var path = folder.File("running");
        var job = node.Handler.RunAsync(
            async token =>
            {
                await File.WriteAllTextAsync(path, "", CancellationToken.None);
                await CpuHogs.IgnoreCancellationAsync(token);
            },
            new JobLimits { CancellationGrace = TimeSpan.FromMilliseconds(200) },
            source.Token);
        await folder.WaitFor("running");
        var start = Stopwatch.GetTimestamp();
        await source.CancelAsync();
        AssertCancelled(await Wait.For(job));
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(200), $"after {Stopwatch.GetElapsedTime(start)}");
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [Fact]
    public async Task The_timeout_holds_within_the_grace()
    {
        var limits = Grace with { Timeout = TimeSpan.FromSeconds(3) }; // long enough to leave the sign
        Assert.IsType<JobTimedOut>(
            (
                await CancelWhenItRuns(
                    (path, cancellation)
                        => node.Run(
                            () =>
                            {
                                File.WriteAllText(path, "");
                                CpuHogs.TightLoop();
                            },
                            limits,
                            cancellation))
            ).Failure);
    }

    [Fact]
    public async Task Cancelling_after_the_end_changes_nothing()
    {
        using var source = new CancellationTokenSource();
        var outcome = await node.Run(static () => Environment.ProcessId, null, source.Token);
        await source.CancelAsync();
        Assert.True(outcome.IsSuccess);
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
        // Not killed; with a spare worker, it is not defined which of them gets a job.
        Assert.Contains(outcome.GetValueOrThrow(), node.Workers());
    }

    [Fact]
    public async Task Cancelling_at_any_moment_returns_one_outcome_and_keeps_the_slot()
    {
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            using var source = new CancellationTokenSource();
            var job = node.Run(static () => 1, null, source.Token);
            Thread.SpinWait(random.Next(20_000));
            await source.CancelAsync();
            var outcome = await job;
            Assert.True(outcome.Failure is null or JobKilled { Cause: KillCause.CallerCancelled }, outcome.Message);
        }

        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [Fact]
    public async Task A_long_lived_token_does_not_keep_the_outcomes_of_its_jobs_in_memory()
    {
        using var source = new CancellationTokenSource();
        var jobs = new List<WeakReference>();
        for (var i = 0; i < 100; i++)
            jobs.Add(await RunOne(source.Token));
        await Wait.Until(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return jobs.Count(job => job.IsAlive) < 5; // the last ones may still be on a thread's stack
            },
            () => $"{jobs.Count(job => job.IsAlive)} of 100 outcomes are still reachable");
    }

    /// <summary>Cancels a job that waits for its cancellation and then returns a value.</summary>
    private Task<JobOutcome<string>> ReturnDuringTheGraceAsync() => CancelWhenItRuns((path, cancellation) => node.Handler.RunAsync(
        async token =>
        {
            var cancelled = new TaskCompletionSource();
            await using var registration = token.Register(cancelled.SetResult);
            await File.WriteAllTextAsync(path, "", CancellationToken.None);
            await cancelled.Task;
            return "saved what there was";
        },
        Grace,
        cancellation));

    /// <summary>Starts a job that writes a file once it runs, waits for the file, and then cancels the job.</summary>
    private static async Task<TOutcome> CancelWhenItRuns<TOutcome>(Func<string, CancellationToken, Task<TOutcome>> start)
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        var job = start(folder.File("running"), source.Token);
        await folder.WaitFor("running");
        await source.CancelAsync();
        return await Wait.For(job);
    }

    private async Task<WeakReference> RunOne(CancellationToken token)
    {
        var task = node.Handler.RunAsync(static () => 1, null, token);
        await Wait.For((Task)task, "a job");
        return new WeakReference(task);
    }

    private static void AssertCancelled(JobOutcome outcome)
    {
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>(outcome.Failure).Cause);
        Assert.Throws<OperationCanceledException>(() => outcome.ThrowIfFailed());
    }

    /// <summary>A writer that lets a caller wait for the first line.</summary>
    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> line = new();

        public string Wait() => line.Task.Result;

        public override void WriteLine(string? value) => line.TrySetResult(value ?? "");
    }
}
