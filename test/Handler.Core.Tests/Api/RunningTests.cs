using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Tests.Api;

/// <summary>The whole path of a job, for every outcome: what the caller gets, and which usage is reported.</summary>
public sealed class RunningTests : IAsyncLifetime
{
    private TestNode node = null!;

    public async Task InitializeAsync() => node = await TestNode.StartAsync(options => options.MaxWorkers = 2);

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_function_runs_in_another_process_and_its_value_is_returned()
    {
        var text = "captured";
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
        Assert.Equal("CAPTURED", (await node.Run(() => text.ToUpperInvariant())).GetValueOrThrow());
        Assert.NotEqual(Environment.ProcessId, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.Null((await node.Run(Results.Null)).GetValueOrThrow());
        (await node.Run(static () => { })).ThrowIfFailed();
    }

    [Fact]
    public async Task Asynchronous_functions_of_every_shape_run()
    {
        Assert.Equal(
            1,
            (
                await Wait.For(
                    node.Handler.RunAsync(static async () =>
                    {
                        await Task.Delay(1);
                        return 1;
                    }))
            ).GetValueOrThrow());
        Assert.Equal(
            2,
            (
                await Wait.For(
                    node.Handler.RunAsync(static async token =>
                    {
                        await Task.Delay(1, token);
                        return 2;
                    }))
            ).GetValueOrThrow());
        Assert.Equal(3, (await Wait.For(node.Handler.RunAsync(static () => new ValueTask<int>(3)))).GetValueOrThrow());
        Assert.Equal(
            4,
            (await Wait.For(node.Handler.RunAsync(static (CancellationToken token) => token.CanBeCanceled ? 4 : 0))).GetValueOrThrow());
    }

    [Fact]
    public async Task The_usage_of_a_completed_job_is_plausible()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(static () => Burn(60));
        outcome.GetValueOrThrow();
        AssertUsage(outcome.Usage, start, TimeSpan.FromMilliseconds(60));
        AssertUsedCpu(outcome.Usage!);
    }

    [Fact]
    public async Task The_CPU_time_of_a_sleeping_job_does_not_include_its_sleep()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(SleepMostOfTheTime);
        outcome.ThrowIfFailed();
        AssertUsage(outcome.Usage, start, TimeSpan.FromMilliseconds(200));
        Assert.True(outcome.Usage!.CpuTime < outcome.Usage.RunTime / 2, $"{outcome.Usage}");
    }

    [Fact]
    public async Task Options_that_only_a_pool_uses_are_refused_without_a_pool()
    {
        await Refused(new JobOptions { Name = "report" }, "JobOptions.Name");
        await Refused(new JobOptions { Wait = TimeSpan.FromSeconds(1) }, "JobOptions.Wait");
        await Refused(new JobOptions { SelectorArgument = "x" }, "JobOptions.SelectorArgument");
        Assert.Equal(
            1,
            (await node.Run(static () => 1, new JobOptions { Priority = 1, PoolTimeout = TimeSpan.FromSeconds(2) })).GetValueOrThrow());

        async Task Refused(JobOptions options, string name)
            => Assert.Contains(name, (await Assert.ThrowsAsync<ArgumentException>(() => node.Run(static () => 1, options))).Message);
    }

    [Fact]
    public async Task The_usage_of_a_failed_job_is_plausible()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(static () => Burn(60) > 0 ? Exits.Throw("no") : 0);
        var failed = Assert.IsType<JobFailed>(outcome.Failure);
        Assert.Equal((typeof(ArgumentException).FullName, "no"), (failed.ExceptionType, failed.ExceptionMessage));
        AssertUsage(outcome.Usage, start, TimeSpan.FromMilliseconds(60));
        Assert.Throws<JobFailedException>(() => outcome.GetValueOrThrow());
    }

    [Fact]
    public async Task The_usage_of_a_job_that_timed_out_is_plausible()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(150) });
        Assert.Equal("Took more than 150ms to complete", outcome.Message);
        AssertUsage(outcome.Usage, start, TimeSpan.FromMilliseconds(150));
        AssertUsedCpu(outcome.Usage!);
        Assert.Throws<JobTimeoutException>(() => outcome.ThrowIfFailed());
    }

    [Fact]
    public async Task The_memory_of_a_killed_job_does_not_include_the_hosts_memory()
    {
        const int HostBytes = 400 << 20;
        var host = new byte[HostBytes];
        Array.Fill(host, (byte)1);
        await using var fresh = await TestNode.StartAsync(options => options.Recycling.MaxJobs = 1);
        var outcome = await fresh.Run(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(150) });
        Assert.InRange(outcome.Usage!.PeakResidentBytes, 1, HostBytes / 2);
        GC.KeepAlive(host);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(60)]
    public async Task A_large_captured_value_reaches_its_function_under_the_default_limits(int mebibytes)
    {
        var large = new byte[mebibytes << 20];
        Assert.Equal(large.Length, (await node.Run(() => large.Length)).GetValueOrThrow());
        Assert.IsType<JobOutOfMemory>((await node.Run(MemoryHogs.SmallArrays)).Failure); // the next job's own limit applies again
    }

    [Fact]
    public async Task The_usage_of_a_job_out_of_memory_is_plausible()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(MemoryHogs.SmallArrays);
        Assert.Equal($"Process tried to use more than {10 << 20} bytes of memory (MaxHeapBytes)", outcome.Message);
        AssertUsage(outcome.Usage, start, TimeSpan.Zero);
        Assert.True(outcome.Usage!.PeakResidentBytes > 10 << 20);
        Assert.Throws<JobOutOfMemoryException>(() => outcome.ThrowIfFailed());
    }

    [Fact]
    public async Task The_usage_of_a_job_that_exited_is_plausible()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(static () => { Burn(60); Exits.Exit(3); });
        Assert.StartsWith("Process exited with code 3", outcome.Message);
        AssertUsage(outcome.Usage, start, TimeSpan.FromMilliseconds(60));
        AssertUsedCpu(outcome.Usage!);
        Assert.Throws<JobExitedException>(() => outcome.ThrowIfFailed());
    }

    [Fact]
    public async Task Time_in_the_queue_is_measured_and_is_no_run_time()
    {
        using var folder = new TemporaryFolder();
        var (running, release) = (folder.File("running"), folder.File("release"));
        await using var single = await TestNode.StartAsync(options => options.MaxWorkers = 1);
        var slow = single.Run(() => Signs.LeaveAndAwait(running, release));
        var start = Stopwatch.GetTimestamp();
        var quick = single.Run(static () => 1);
        var submitted = Stopwatch.GetTimestamp();
        await folder.WaitFor("running");
        var waited = Stopwatch.GetElapsedTime(submitted);
        Signs.Leave(release);
        Assert.True((await slow).IsSuccess);
        var outcome = await quick;
        Assert.Equal(1, outcome.GetValueOrThrow());
        UsageAssert.IsPossible(outcome.Usage, start);
        Assert.True(outcome.Usage!.QueueTime >= waited, $"it waited {waited}: {outcome.Usage}");
    }

    [Fact]
    public async Task A_null_function_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => node.Handler.RunAsync((Func<int>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => node.Handler.RunAsync((Action)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => node.Handler.RunAsync((Func<Task<int>>)null!));
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused_before_anything_starts()
    {
        var exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(()
            => node.Run(static () => 1, new JobLimits { MaxHeapBytes = 0 }));
        Assert.Contains("JobLimits.MaxHeapBytes is 0", exception.Message);
    }

    [Fact]
    public async Task A_result_that_cannot_be_returned_fails_with_a_reason()
    {
        Assert.Contains(nameof(Link), Assert.IsType<JobFailed>((await node.Run(Results.Cycle)).Failure).Message);
        Assert.Contains("no value", Assert.IsType<JobFailed>((await node.Run(Results.ThrowingProperty)).Failure).Message);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [Fact]
    public async Task A_result_type_that_is_not_portable_is_refused_before_the_job_starts()
    {
        await Assert.ThrowsAsync<FunctionNotPortableException>(() => node.Run(Results.Function));
        await Assert.ThrowsAsync<FunctionNotPortableException>(() => node.Run(Results.OpenStream));
    }

    [Fact]
    public async Task A_callers_continuation_never_blocks_a_worker()
    {
        using var release = new ManualResetEventSlim();
        var blocked = Enumerable
            .Range(0, 4)
            .Select(_ =>
                node.Handler.RunAsync(static () => 1).ContinueWith(_ => release.Wait(), TaskContinuationOptions.ExecuteSynchronously))
            .ToArray();
        try
        {
            for (var i = 0; i < 10; i++)
                Assert.True((await node.Run(static () => 1)).IsSuccess);
        }
        finally
        {
            release.Set();
        }

        await Wait.For(Task.WhenAll(blocked), "the continuations");
    }

    private static int Burn(int milliseconds)
    {
        var until = Environment.TickCount64 + milliseconds + 1;
        var rounds = 0;
        while (Environment.TickCount64 < until)
            rounds++;
        return rounds;
    }

    /// <summary>Sleeps for at least four times as long as its process has used the processors since its start.</summary>
    private static void SleepMostOfTheTime()
    {
        var start = Stopwatch.GetTimestamp();
        do
            Thread.Sleep(200);
        while (Stopwatch.GetElapsedTime(start) < 4 * Environment.CpuUsage.TotalTime);
    }

    private static void AssertUsedCpu(JobUsage usage)
        => Assert.True(usage.CpuTime.TotalMilliseconds >= 1, $"{usage}"); // how much it got depends on the load of the machine

    private static void AssertUsage(JobUsage? usage, long calledAt, TimeSpan least)
    {
        UsageAssert.IsPossible(usage, calledAt);
        Assert.True(usage!.RunTime >= least, $"{usage}");
        Assert.InRange(usage.PeakManagedBytes, 0, 1 << 30);
        Assert.InRange(usage.PeakResidentBytes, 1 << 20, 1 << 30);
        Assert.NotEqual(Environment.ProcessId, usage.WorkerPid);
        Assert.True(usage.WorkerPid > 0 && usage.AttemptId > 0);
    }
}
