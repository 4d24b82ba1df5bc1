using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

/// <summary>The limits of a job hold for all processes that it starts, whatever their session and however short they live.</summary>
[Collection(Alone.Name)]
public sealed class StartedProcessesTests : IAsyncLifetime
{
    private const long Mebibyte = 1 << 20;
    private const int SignalXfsz = 25;
    private TestNode node = null!;

    public async Task InitializeAsync() => node = await TestNode.StartAsync(static options => options.MaxWorkers = 1);

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_child_that_holds_too_much_for_a_moment_is_out_of_memory()
    {
        var outcome = await node.Run(static () => Children.WaitForQuickHog(600), new JobLimits { MaxResidentBytes = 100 * Mebibyte });
        var memory = Assert.IsType<JobOutOfMemory>(outcome.Failure);
        Assert.True(memory.PeakBytes > 100 * Mebibyte, $"{memory.PeakBytes}");
        Assert.True(outcome.Usage!.PeakResidentBytes > 100 * Mebibyte, $"{outcome.Usage}");
        Assert.True(outcome.Usage.PeakProcesses > 0, $"{outcome.Usage}");
    }

    [Fact]
    public async Task A_child_within_the_limit_counts_in_the_peak()
    {
        var outcome = await node.Run(static () => Children.WaitForQuickHog(200), new JobLimits { MaxResidentBytes = 1024 * Mebibyte });
        Assert.True(outcome.IsSuccess, outcome.Message);
        Assert.True(outcome.Usage!.PeakResidentBytes > 100 * Mebibyte, $"{outcome.Usage}");
    }

    [Fact]
    public async Task A_child_in_its_own_session_is_out_of_memory_and_is_killed()
    {
        var outcome = await node.Run(
            static () => Children.HangWithHogInOwnSession(400), new JobLimits { MaxResidentBytes = 100 * Mebibyte });
        Assert.IsType<JobOutOfMemory>(outcome.Failure);
        await Wait.Until(
            () => node.Processes().TrueForAll(static each => each.ParentPid == Environment.ProcessId), "the child still runs");
    }

    [Fact]
    public async Task The_memory_of_an_earlier_jobs_children_does_not_count()
    {
        var earlier = await node.Run(static () => Children.WaitForQuickHog(300), new JobLimits { MaxResidentBytes = 1024 * Mebibyte });
        var later = await node.Run(
            static () =>
            {
                NodeChecks.Await(TimeSpan.FromMilliseconds(300));
                Children.RunChildren(1);
                return Environment.ProcessId;
            },
            new JobLimits { MaxResidentBytes = 64 * Mebibyte });
        Assert.True(later.IsSuccess, later.Message);
        Assert.Equal(earlier.Usage!.WorkerPid, later.GetValueOrThrow());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_job_that_uses_too_much_CPU_time_on_its_threads_times_out(int threads)
        => AssertOutOfCpuTime(await node.Run(() => CpuHogs.ManySpinningThreads(threads), CpuLimit));

    [Fact]
    public async Task A_job_whose_children_use_too_much_CPU_time_times_out()
        => AssertOutOfCpuTime(await node.Run(static () => Children.HangWithSpinningChildren(2), CpuLimit));

    [Fact]
    public async Task A_job_that_sleeps_does_not_use_its_CPU_time()
        => Assert.True((await node.Run(static () => Thread.Sleep(1000), CpuLimit)).IsSuccess);

    [Fact]
    public async Task The_CPU_time_of_children_that_were_waited_for_is_in_the_usage()
    {
        var outcome = await node.Run(Children.WaitForBusyChild);
        Assert.True(outcome.IsSuccess, outcome.Message);
        Assert.InRange(outcome.Usage!.CpuTime, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_job_with_more_processes_than_allowed_is_ended()
    {
        var outcome = await node.Run(static () => Children.HangWithChildren(5), new JobLimits { MaxProcesses = 3 });
        var exceeded = Assert.IsType<JobLimitExceeded>(outcome.Failure);
        Assert.Equal((CountedLimit.MaxProcesses, 3, "processes"), (exceeded.Limit, exceeded.LimitValue, exceeded.Unit));
        Assert.InRange(exceeded.Measured, 4, 5);
        Assert.Contains("(MaxProcesses)", outcome.Message);
    }

    [Fact]
    public async Task Processes_that_do_not_run_at_the_same_time_do_not_add_up()
    {
        var outcome = await node.Run(static () => Children.RunChildren(10), new JobLimits { MaxProcesses = 2 });
        Assert.True(outcome.IsSuccess, outcome.Message);
        Assert.InRange(outcome.Usage!.PeakProcesses, 1, 2);
    }

    [Fact]
    public async Task A_job_that_may_start_no_process_is_ended_however_short_the_process_lives()
    {
        var outcome = await node.Run(static () => Children.RunChildren(1), new JobLimits { MaxProcesses = 0 });
        Assert.Equal(
            new JobLimitExceeded(CountedLimit.MaxProcesses, 0, 1, LimitEnforcer.Worker), Assert.IsType<JobLimitExceeded>(outcome.Failure));
    }

    [Fact]
    public async Task A_job_without_processes_may_run_where_none_is_allowed()
        => Assert.True((await node.Run(static () => Thread.Sleep(200), new JobLimits { MaxProcesses = 0 })).IsSuccess);

    [Fact]
    public async Task A_job_that_writes_too_large_a_file_is_ended()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large");
        var outcome = await node.Run(() => MappedFiles.Write(path, 5000), new JobLimits { MaxFileBytes = 4096 });
        Assert.Equal(
            new JobLimitExceeded(CountedLimit.MaxFileBytes, 4096, 4096, LimitEnforcer.Kernel),
            Assert.IsType<JobLimitExceeded>(outcome.Failure));
        Assert.Equal("Process tried to write a file larger than 4096 bytes (MaxFileBytes)", outcome.Message);
    }

    [Fact]
    public async Task The_limit_on_files_holds_for_one_job_only()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("small");
        var limited = await node.Run(() => MappedFiles.Write(path, 4096), new JobLimits { MaxFileBytes = 4096 });
        var unlimited = await node.Run(() => MappedFiles.Write(path, 5000));
        Assert.Equal(limited.GetValueOrThrow(), unlimited.GetValueOrThrow());
    }

    [Fact]
    public async Task A_lower_limit_of_the_hardening_is_not_the_jobs_own()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large");
        await using var strict = await TestNode.StartAsync(static options => options.Hardening.MaxFileBytes = Mebibyte);
        var outcome = await strict.Run(() => MappedFiles.Write(path, 2 << 20), new JobLimits { MaxFileBytes = 1 << 30 });
        Assert.Equal(SignalXfsz, Assert.IsType<JobExited>(outcome.Failure).Signal);
    }

    private static JobLimits CpuLimit => new() { CpuTime = TimeSpan.FromMilliseconds(300), Timeout = TimeSpan.FromSeconds(50) };

    private static void AssertOutOfCpuTime(JobOutcome outcome)
    {
        var late = Assert.IsType<JobTimedOut>(outcome.Failure);
        Assert.Equal((TimeLimitClock.CpuTime, TimeSpan.FromMilliseconds(300)), (late.Clock, late.Limit));
        Assert.True(late.Elapsed >= late.Limit, $"{late}");
        Assert.True(outcome.Usage!.CpuTime >= late.Limit, $"{outcome.Usage}");
        Assert.StartsWith("Used more than 300ms of CPU time (CpuTime); ", outcome.Message);
    }
}
