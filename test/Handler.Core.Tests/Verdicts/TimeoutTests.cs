using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

[Collection(Alone.Name)]
public sealed class TimeoutTests : IAsyncLifetime
{
    private static readonly JobLimits Short = new() { Timeout = TimeSpan.FromMilliseconds(100) };
    private TestNode node = null!;

    public static readonly TheoryData<string> Hangs = [.. HangingJobs.Keys];

    private static Dictionary<string, Action> HangingJobs => new()
    {
        ["tight loop"] = CpuHogs.TightLoop,
        ["loop without safepoints"] = static () => CpuHogs.ArithmeticLoop(),
        ["managed sleep"] = CpuHogs.Sleep,
        ["native sleep"] = CpuHogs.NativeSleep,
        ["native sleep that blocks collections"] = CpuHogs.NativeSleepThatBlocksCollection,
        ["deadlock"] = CpuHogs.Deadlock,
        ["storm of collections"] = CpuHogs.GcStorm,
        ["storm of allocations"] = CpuHogs.AllocationStorm,
        ["job that swallows every exception"] = CpuHogs.SwallowEverything,
        ["many spinning threads"] = static () => CpuHogs.ManySpinningThreads(32),
        ["starved thread pool"] = CpuHogs.StarveThreadPool,
        ["flood of output"] = Noise.FloodForever,
        ["stopped process"] = NativeExits.Stop,
        ["exception that never ends"] = static () => Exits.ThrowEndlessException(),
    };

    public async Task InitializeAsync() => node = await TestNode.StartAsync();

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Theory]
    [MemberData(nameof(Hangs))]
    public async Task A_job_that_hangs_is_killed_at_its_timeout(string kind)
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(HangingJobs[kind], Short);
        var timedOut = Assert.IsType<JobTimedOut>(outcome.Failure);
        Assert.Equal("Took more than 100ms to complete", outcome.Message);
        Assert.Equal(Short.Timeout, timedOut.Limit);
        Assert.InRange(timedOut.Elapsed, Short.Timeout, Stopwatch.GetElapsedTime(start)); // the bench measures how late, on an idle machine
        UsageAssert.IsPossible(outcome.Usage, start);
        Assert.True(outcome.Usage!.RunTime >= Short.Timeout, $"{outcome.Usage}");
        await Wait.Until(() => ProcessTable.Find(outcome.Usage.WorkerPid) is null, "the worker of a job that timed out is still there");
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_task_that_never_completes_times_out()
        => Assert.IsType<JobTimedOut>((await node.Run(CpuHogs.AwaitForever, Short)).Failure);

    [Fact]
    public async Task A_result_that_takes_forever_to_write_times_out()
        => Assert.IsType<JobTimedOut>((await node.Run(Results.SpinningProperty, Short)).Failure);

    [Fact]
    public async Task A_job_that_finishes_after_its_deadline_always_counts_as_timed_out()
    {
        var limits = new JobLimits { Timeout = TimeSpan.FromMilliseconds(5) };
        for (var i = 0; i < 100; i++)
        {
            // The jobs end shortly before or shortly after the deadline.
            var ticks = Stopwatch.Frequency * (4900 + (2 * i)) / 1_000_000;
            var outcome = await node.Run(
                () =>
                {
                    var until = Stopwatch.GetTimestamp() + ticks;
                    while (Stopwatch.GetTimestamp() < until)
                    {
                    }

                    return 1;
                },
                limits);
            if (outcome.IsSuccess)
                Assert.True(outcome.Usage!.RunTime <= limits.Timeout, $"completed after {outcome.Usage.RunTime}");
            else
                Assert.True(Assert.IsType<JobTimedOut>(outcome.Failure).Elapsed >= limits.Timeout);
        }
    }

    [Fact]
    public async Task A_timeout_ends_only_its_own_job()
    {
        var good = Enumerable.Range(0, 200).Select(number => node.Run(() => number)).ToArray();
        var bad = Enumerable.Range(0, 5).Select(_ => node.Run(CpuHogs.TightLoop, Short)).ToArray();
        var more = Enumerable.Range(200, 200).Select(number => node.Run(() => number)).ToArray();
        Assert.All(await Task.WhenAll(bad), outcome => Assert.IsType<JobTimedOut>(outcome.Failure));
        Assert.Equal(Enumerable.Range(0, 400), (await Task.WhenAll(good.Concat(more))).Select(outcome => outcome.GetValueOrThrow()));
    }
}
