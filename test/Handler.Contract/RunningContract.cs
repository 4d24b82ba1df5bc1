using Handler.BadJobs;
using Handler.Shared;

namespace Handler.Contract;

/// <summary>Running one function.</summary>
public abstract class RunningContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_function_runs_in_another_process_and_its_value_is_returned()
    {
        await StartAsync();
        Assert.NotEqual(Environment.ProcessId, (await Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.Equal(42, (await Run(static () => 42)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_large_value_is_returned_unchanged()
    {
        await StartAsync();
        var value = (
            await Soon(Handler.RunAsync(static () => Results.VariedBytes(5_000_000), new JobLimits { MaxHeapBytes = 100 << 20 }), "a value")
        ).GetValueOrThrow();
        Assert.Equal(Results.VariedBytes(5_000_000), value);
    }

    [Fact]
    public async Task A_busy_loop_is_killed_at_its_timeout()
    {
        await StartAsync();
        var outcome = Assert.IsType<JobTimedOut>(
            (
                await Soon(Handler.RunAsync(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(10) }), "a timeout")
            ).Failure);
        Assert.Equal("Took more than 10ms to complete", outcome.Message);
    }

    [Fact]
    public async Task A_function_that_takes_too_much_memory_is_killed()
    {
        await StartAsync();
        var outcome = Assert.IsType<JobOutOfMemory>(
            (await Soon(Handler.RunAsync(MemoryHogs.SmallArrays, new JobLimits { MaxHeapBytes = 1 << 20 }), "an end")).Failure);
        Assert.Equal("Process tried to use more than 1048576 bytes of memory (MaxHeapBytes)", outcome.Message);
    }

    [Fact]
    public async Task Memory_outside_of_the_managed_heap_is_limited_as_well()
    {
        await StartAsync();
        var outcome = await Soon(Handler.RunAsync(NativeMemoryHogs.LargeBlocks, new JobLimits { MaxHeapBytes = 10 << 20 }), "an end");
        Assert.True(
            Assert.IsType<JobOutOfMemory>(outcome.Failure).Source
                is not (MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure));
    }

    [Fact]
    public async Task The_memory_of_a_child_that_lives_for_a_moment_is_limited_as_well()
    {
        await StartAsync();
        var limits = new JobLimits { MaxResidentBytes = 100 << 20 };
        var outcome = await Soon(Handler.RunAsync(static () => Children.WaitForQuickHog(600), limits), "an end");
        Assert.True(Assert.IsType<JobOutOfMemory>(outcome.Failure).PeakBytes > 100 << 20);
        Assert.True(outcome.Usage!.PeakProcesses > 0);
    }

    [Fact]
    public async Task A_function_that_uses_too_much_CPU_time_is_killed()
    {
        await StartAsync();
        var limits = new JobLimits { CpuTime = TimeSpan.FromMilliseconds(50) };
        var outcome = Assert.IsType<JobTimedOut>((await Soon(Handler.RunAsync(CpuHogs.TightLoop, limits), "a timeout")).Failure);
        Assert.Equal((TimeLimitClock.CpuTime, limits.CpuTime), (outcome.Clock, outcome.Limit));
    }

    [Fact]
    public async Task A_function_that_starts_too_many_processes_is_killed()
    {
        await StartAsync();
        var limits = new JobLimits { MaxProcesses = 1 };
        var outcome = await Soon(Handler.RunAsync(static () => Children.HangWithChildren(3), limits), "an end");
        var exceeded = Assert.IsType<JobLimitExceeded>(outcome.Failure);
        Assert.Equal((CountedLimit.MaxProcesses, 1), (exceeded.Limit, exceeded.LimitValue));
    }

    [Fact]
    public async Task A_function_that_writes_too_large_a_file_is_killed()
    {
        await StartAsync();
        var path = Path.GetTempFileName();
        var limits = new JobLimits { MaxFileBytes = 4096 };
        var outcome = await Soon(Handler.RunAsync(() => MappedFiles.Write(path, 5000), limits), "an end");
        File.Delete(path);
        var expected = new JobLimitExceeded(CountedLimit.MaxFileBytes, 4096, 4096, LimitEnforcer.Kernel);
        Assert.Equal(expected, Assert.IsType<JobLimitExceeded>(outcome.Failure));
    }

    [Fact]
    public async Task Processes_that_a_job_started_are_killed_with_the_job()
    {
        await StartAsync();
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        using var source = new CancellationTokenSource();
        var job = Handler.RunAsync(() => Children.ReportAndHang(path, Children.LeaveFamily()), null, source.Token);
        await Until(() => Task.FromResult(File.Exists(path)), "the processes to be started");
        int[] pids = [.. (await File.ReadAllLinesAsync(path)).Select(int.Parse)];
        File.Delete(path);
        Assert.Equal(3, pids.Count(ProcessTable.IsRunning));
        await source.CancelAsync();
        Assert.IsType<JobKilled>((await Soon(job, "the end of a cancelled job")).Failure);
        await Until(() => Task.FromResult(!pids.Any(ProcessTable.IsRunning)), "its processes to be gone");
    }

    [Fact]
    public async Task Text_that_a_process_wrote_to_stderr_before_its_exit_is_kept()
    {
        await StartAsync();
        var outcome = await Soon(Handler.RunAsync(static () => Exits.FailFast("i am ded")), "a crash");
        Assert.IsType<JobExited>(outcome.Failure);
        Assert.Contains("i am ded", outcome.Output!.StandardError);
    }

    [Fact]
    public void The_defaults_are_a_minute_and_ten_mebibytes()
        => Assert.Equal(
            (TimeSpan.FromMinutes(1), 10L << 20, TimeSpan.FromSeconds(1)),
            (new JobLimits().Timeout, new JobLimits().MaxHeapBytes, new JobOptions().PoolTimeout));

    [Fact]
    public async Task An_exit_is_reported_with_its_code()
    {
        await StartAsync();
        Assert.Equal(7, Assert.IsType<JobExited>((await Soon(Handler.RunAsync(static () => Exits.Exit(7)), "an exit")).Failure).ExitCode);
    }

    [Fact]
    public async Task A_crash_is_reported_with_its_signal_and_not_as_out_of_memory()
    {
        await StartAsync();
        var exited = Assert.IsType<JobExited>((await Soon(Handler.RunAsync(Exits.StackOverflow), "a crash")).Failure);
        Assert.Equal((6, "stack overflow"), (exited.Signal!.Value, exited.Reason));
    }

    [Fact]
    public async Task An_exception_is_reported_with_its_type_and_message()
    {
        await StartAsync();
        var failed = Assert.IsType<JobFailed>((await Run(static () => Exits.Throw("oh no"))).Failure);
        Assert.Equal((typeof(ArgumentException).FullName, "oh no"), (failed.ExceptionType, failed.ExceptionMessage));
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused_before_anything_runs()
    {
        await StartAsync();
        await Refused("Timeout", new JobLimits { Timeout = TimeSpan.Zero });
        await Refused("Timeout", new JobLimits { Timeout = TimeSpan.FromMilliseconds(-1) });
        await Refused("MaxHeapBytes", new JobLimits { MaxHeapBytes = 0 });
        await Refused("MaxHeapBytes", new JobLimits { MaxHeapBytes = -1 });

        async Task Refused(string option, JobLimits limits)
        {
            var exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Handler.RunAsync(static () => 1, limits));
            Assert.Equal(option, exception.ParamName);
            Assert.Contains("it must be from", exception.Message);
        }
    }

    private Task<JobOutcome<T>> Run<T>(Func<T> function) => Soon(Handler.RunAsync(function), "the outcome of a job");
}
