using System.Diagnostics;
using Handler.BadJobs;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests.Wire;

/// <summary>
/// Jobs that write to the page that their worker shares with its node. They lose their own outcome. They gain no time and no second
/// run, and they do not get another job's outcome.
/// </summary>
[Collection(Alone.Name)]
public sealed class ForgingJobTests : IAsyncLifetime
{
    private static readonly JobLimits HalfASecond = new() { Timeout = TimeSpan.FromMilliseconds(500) };
    private readonly TemporaryFolder folder = new();
    private TestNode node = null!;

    public async Task InitializeAsync()
        => node = await TestNode.StartAsync(static options => (options.MaxWorkers, options.StartTimeout) = (1, TimeSpan.FromMinutes(1)));

    public async Task DisposeAsync()
    {
        await node.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_job_that_pretends_to_have_finished_gains_no_time()
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = await node.Run(
            static () =>
            {
                Forge.OwnClaim(SharedPage.Finished);
                CpuHogs.TightLoop();
            },
            HalfASecond);
        var elapsed = Assert.IsType<JobTimedOut>(outcome.Failure).Elapsed;
        Assert.InRange(elapsed, HalfASecond.Timeout, Stopwatch.GetElapsedTime(start));
        await AssertNextIsFine();
    }

    [Theory]
    [InlineData("runs on")]
    [InlineData("exits")]
    [InlineData("returns")]
    [InlineData("waits until it was seen, and exits")]
    public async Task A_job_that_restores_its_offer_runs_only_once(string then)
    {
        var path = folder.Path;
        var outcome = await node.Run(
            () =>
            {
                File.WriteAllText(Path.Combine(path, Guid.NewGuid().ToString("N")), "");
                if (then == "waits until it was seen, and exits")
                    NodeChecks.Await();
                Forge.OwnClaim(SharedPage.OfferOf(Forge.Attempt()));
                if (then == "runs on")
                    CpuHogs.TightLoop();
                if (then.EndsWith("exits", StringComparison.Ordinal))
                    NativeExits.ExitWithoutCleanup(3);
            },
            HalfASecond);
        Assert.True(outcome.Failure is JobLost or JobTimedOut or JobExited, outcome.Message);
        await AssertNextIsFine();
        Assert.Single(folder.Names());
    }

    [Fact]
    public async Task A_job_that_forges_a_start_in_the_future_gains_no_time()
    {
        Assert.IsType<JobTimedOut>((await node.Run(
            static () =>
            {
                Forge.OwnClaim(Stopwatch.GetTimestamp() + 3_600_000_000_000);
                CpuHogs.TightLoop();
            },
            HalfASecond)).Failure);
        await AssertNextIsFine();
    }

    [Fact]
    public async Task Forged_peaks_in_the_shared_page_are_capped_at_possible_values()
    {
        var outcome = await node.Run(static () => Forge.Peaks(1L << 50));
        outcome.ThrowIfFailed();
        Assert.InRange(outcome.Usage!.PeakManagedBytes, 0, 10 << 20);
        Assert.InRange(outcome.Usage.PeakResidentBytes, 1, 1L << 30);
    }

    [Fact]
    public async Task Forged_peaks_of_a_job_that_does_not_complete_are_also_capped()
    {
        var exited = await node.Run(static () =>
        {
            Forge.Peaks(1L << 50);
            NativeExits.ExitWithoutCleanup(3);
        });
        Assert.Equal(3, Assert.IsType<JobExited>(exited.Failure).ExitCode);
        AssertPeaks(exited.Usage!);
        var late = await node.Run(
            static () =>
            {
                Forge.Peaks(1L << 50);
                CpuHogs.Sleep();
            },
            HalfASecond);
        Assert.IsType<JobTimedOut>(late.Failure);
        AssertPeaks(late.Usage!);
        var large = await node.Run(static () =>
        {
            Forge.OutOfMemory(1L << 50);
            NativeExits.ExitWithoutCleanup(WorkerExitCodes.Memory);
        });
        Assert.InRange(Assert.IsType<JobOutOfMemory>(large.Failure).PeakBytes, 1, 1L << 30);

        static void AssertPeaks(JobUsage usage)
        {
            Assert.InRange(usage.PeakManagedBytes, 0, 1L << 30);
            Assert.InRange(usage.PeakResidentBytes, 1, 1L << 30);
        }
    }

    [Fact]
    public async Task A_job_that_kills_itself_cannot_pretend_that_its_node_abandoned_it()
    {
        var outcome = await node.Run(static () =>
        {
            Forge.Abandoned();
            _ = LibC.Kill(Environment.ProcessId, LibC.SIGKILL);
            CpuHogs.Sleep();
        });
        Assert.Equal(9, Assert.IsType<JobExited>(outcome.Failure).Signal);
    }

    [Fact]
    public async Task A_memory_report_counts_only_if_the_worker_exits_with_the_memory_code()
    {
        var outcome = await node.Run(static () =>
        {
            Forge.OutOfMemory(1L << 50);
            Environment.Exit(5);
        });
        Assert.Equal(5, Assert.IsType<JobExited>(outcome.Failure).ExitCode);
        var memory = Assert.IsType<JobOutOfMemory>((await node.Run(static () =>
        {
            Forge.OutOfMemory(1L << 50);
            NativeExits.ExitWithoutCleanup(WorkerExitCodes.Memory);
        })).Failure);
        Assert.InRange(memory.PeakBytes, memory.LimitBytes, 1L << 44);
    }

    [Fact]
    public async Task A_job_cannot_hide_its_processor_time()
    {
        var outcome = await node.Run(static () =>
        {
            var most = Environment.CpuUsage.TotalTime + TimeSpan.FromMilliseconds(200);
            while (Environment.CpuUsage.TotalTime < most)
            {
            }

            Forge.CpuAtStart(long.MaxValue);
            NativeExits.ExitWithoutCleanup(3);
        });
        Assert.IsType<JobExited>(outcome.Failure);
        Assert.True(outcome.Usage!.CpuTime > TimeSpan.FromMilliseconds(50), $"{outcome.Usage.CpuTime}");
    }

    private async Task AssertNextIsFine() => Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());

    /// <summary>Code that runs in the worker.</summary>
    private static unsafe class Forge
    {
        private static SharedPage* Page => NodeChecks.Page;

        public static long Attempt() => Page->StartedAttempt;

        public static void OwnClaim(long value)
        {
            var page = Page;
            for (var i = 0; i < SharedPage.Slots; i++)
            {
                if (SharedPage.IsStartTime(page->Claims[i]))
                    Volatile.Write(ref page->Claims[i], value);
            }
        }

        public static void Peaks(long bytes) => (Page->PeakManaged, Page->PeakResident) = (bytes, bytes);

        public static void Abandoned() => Page->AbandonedAttempt = Attempt();

        public static void OutOfMemory(long bytes)
        {
            var page = Page;
            (page->MemorySource, page->MemoryAttempt, page->MemoryUsed) = ((int)MemoryLimitSource.ManagedHeap, Attempt(), bytes);
        }

        public static void CpuAtStart(long nanoseconds) => Page->CpuAtStart = nanoseconds;
    }
}
