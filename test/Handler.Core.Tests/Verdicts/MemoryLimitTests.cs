using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

[Collection(Alone.Name)]
public sealed class MemoryLimitTests : IAsyncLifetime
{
    private const long Mebibyte = 1 << 20;
    private static readonly JobLimits TenMebibytes = new() { MaxHeapBytes = 10 * Mebibyte, Timeout = TimeSpan.FromSeconds(25) };
    private TestNode node = null!;

    public static readonly TheoryData<string> ManagedHogs = [.. Managed.Keys];

    public static readonly TheoryData<string> NativeHogs = [.. Native.Keys];

    public static TheoryData<string, int> GoodJobs
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in Within.Keys)
            {
                foreach (var mebibytes in new[] { 1, 10, 50 })
                    data.Add(kind, mebibytes);
            }

            return data;
        }
    }

    private static Dictionary<string, Action> Managed => new()
    {
        ["linked nodes"] = MemoryHogs.LinkedNodes,
        ["small arrays"] = MemoryHogs.SmallArrays,
        ["large arrays"] = MemoryHogs.LargeArrays,
        ["one array beyond"] = static () => MemoryHogs.OneArrayBeyond(10 << 20),
        ["entries"] = MemoryHogs.Entries,
        ["stream"] = MemoryHogs.Stream,
        ["text"] = MemoryHogs.Text,
        ["doubling string"] = MemoryHogs.DoublingString,
        ["swallows the exception"] = MemoryHogs.SwallowOutOfMemory,
        ["recovers from the exception"] = static () => MemoryHogs.RecoverFromOutOfMemory(),
        ["several threads"] = static () => MemoryHogs.SeveralThreads(8),
        ["several tasks"] = static () => MemoryHogs.SeveralTasks(4),
        ["pinned"] = MemoryHogs.Pinned,
        ["rented arrays"] = MemoryHogs.RentedArrays,
        ["resurrected"] = MemoryHogs.Resurrected,
        ["static memory"] = MemoryHogs.StaticMemory,
    };

    private static Dictionary<string, Action> Native => new()
    {
        ["large blocks"] = NativeMemoryHogs.LargeBlocks,
        ["small blocks"] = NativeMemoryHogs.SmallBlocks,
        ["mappings"] = NativeMemoryHogs.Mappings,
        ["thread stacks"] = NativeMemoryHogs.ThreadStacks,
    };

    private static Dictionary<string, (Func<long, int> Function, Func<long, int, bool> Holds)> Within => new()
    {
        ["small garbage"] = (WithinLimits.SmallGarbage, (_, value) => value == 20_000_000),
        ["medium garbage"] = (WithinLimits.MediumGarbage, (_, value) => value == 200_000),
        ["large garbage"] = (WithinLimits.LargeGarbage, (_, value) => value == 2000),
        ["mixed ring"] = (WithinLimits.MixedRing, (_, value) => value == 200_000),
        ["holds half"] = (WithinLimits.HoldHalf, (_, value) => value > 1000),
        ["holds 90 percent"] = (WithinLimits.Hold90Percent, (_, value) => value > 1000),
        ["holds 97 percent"] = (WithinLimits.Hold97Percent, (_, value) => value > 1000),
        ["sawtooth"] = (WithinLimits.Sawtooth, (_, value) => value == 20),
        ["mixed sawtooth"] = (WithinLimits.MixedSawtooth, (_, value) => value == 20),
        ["strings"] = (WithinLimits.Strings, (_, value) => value == 200),
        ["json"] = (WithinLimits.Json, (limit, value) => value == 200 * (int)Math.Min(limit / 2000, 2000)),
    };

    public async Task InitializeAsync() => node = await TestNode.StartAsync();

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Theory]
    [MemberData(nameof(ManagedHogs))]
    public async Task Every_job_that_holds_too_much_managed_memory_is_out_of_memory(string kind)
    {
        var outcome = await node.Run(Managed[kind], TenMebibytes);
        var memory = Assert.IsType<JobOutOfMemory>(outcome.Failure);
        Assert.StartsWith($"Process tried to use more than {memory.LimitBytes} bytes of memory ({memory.LimitName}", outcome.Message);
        Assert.True(memory.PeakBytes >= memory.LimitBytes, $"{memory.PeakBytes} of {memory.LimitBytes}");
        Assert.True(
            memory.Source is MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure or MemoryLimitSource.ResidentMemory,
            $"{memory.Source}");
        await Wait.Until(() => ProcessTable.Find(outcome.Usage!.WorkerPid) is null, "the worker is still there");
    }

    [Theory]
    [MemberData(nameof(NativeHogs))]
    public async Task Every_job_that_holds_too_much_native_memory_is_out_of_memory(string kind)
    {
        var outcome = Assert.IsType<JobOutOfMemory>((await node.Run(Native[kind], TenMebibytes)).Failure);
        Assert.Contains(outcome.Source, new[] { MemoryLimitSource.ResidentMemory, MemoryLimitSource.Watchdog });
        Assert.Equal((20 + 64) * Mebibyte, outcome.LimitBytes);
        Assert.True(outcome.PeakBytes > outcome.LimitBytes);
        Assert.EndsWith("(MaxResidentBytes, which is 2 × MaxHeapBytes + 64 MiB by default)", outcome.Message);
    }

    [Fact]
    public async Task A_slowly_growing_list_is_stopped_at_the_managed_heap_limit()
    {
        var outcome = await node.Run(
            static () =>
            {
                var held = new List<byte[]>();
                while (true)
                {
                    held.Add(new byte[50_000]);
                    Thread.SpinWait(50_000);
                }
            },
            TenMebibytes);
        var memory = Assert.IsType<JobOutOfMemory>(outcome.Failure);
        Assert.Equal((MemoryLimitSource.ManagedHeap, 10 * Mebibyte), (memory.Source, memory.LimitBytes));
        Assert.InRange(memory.PeakBytes, 10 * Mebibyte, 16 * Mebibyte);
    }

    [Fact]
    public async Task The_watchdog_sees_memory_that_the_workers_own_guard_cannot_measure()
    {
        await using var bare = await TestNode.StartAsync(static options => options.Hardening.ControlGroup = ControlGroupMode.Off);
        var outcome = Assert.IsType<JobOutOfMemory>((await bare.Run(NativeMemoryHogs.LargeBlocksWithoutGuard, TenMebibytes)).Failure);
        Assert.Equal(MemoryLimitSource.Watchdog, outcome.Source);
    }

    [Theory]
    [MemberData(nameof(GoodJobs))]
    public async Task A_job_within_its_memory_limit_completes_even_if_it_produces_much_garbage(string kind, int mebibytes)
    {
        var limit = mebibytes * Mebibyte;
        var (function, holds) = Within[kind];
        var outcome = await node.Run(() => function(limit), new JobLimits { MaxHeapBytes = limit, Timeout = TimeSpan.FromSeconds(25) });
        Assert.True(
            outcome.IsSuccess,
            $"{outcome.Message} ({(outcome.Failure as JobOutOfMemory)?.Source}, {(outcome.Failure as JobOutOfMemory)?.PeakBytes})");
        Assert.True(holds(limit, outcome.GetValueOrThrow()), $"{outcome.GetValueOrThrow()}");
    }

    [Fact]
    public async Task The_seeds_example_is_out_of_memory_every_time_in_a_warm_worker()
    {
        for (var i = 0; i < 50; i++)
            AssertSeedsExample(await node.Run(SeedsExample, new JobLimits { MaxHeapBytes = 4096 }));
    }

    [Fact]
    public async Task The_seeds_example_is_out_of_memory_every_time_in_a_worker_that_has_run_other_jobs()
    {
        for (var i = 0; i < 20; i++)
        {
            foreach (var good in Enumerable.Range(0, 20).Select(number => node.Run(() => Enumerable.Range(0, number).Sum())).ToArray())
                Assert.True((await good).IsSuccess);
            AssertSeedsExample(await node.Run(SeedsExample, new JobLimits { MaxHeapBytes = 4096 }));
        }
    }

    [Fact]
    public async Task The_seeds_example_is_out_of_memory_every_time_in_a_fresh_worker()
    {
        await using var fresh = await TestNode.StartAsync(options => options.Recycling.MaxJobs = 1);
        for (var i = 0; i < 20; i++)
            AssertSeedsExample(await fresh.Run(SeedsExample, new JobLimits { MaxHeapBytes = 4096 }));
    }

    [Fact]
    public async Task The_memory_limit_is_checked_at_the_end_while_the_result_is_alive()
    {
        for (var i = 0; i < 20; i++)
        {
            var outcome = await node.Run(static () => new byte[100_000], new JobLimits { MaxHeapBytes = 50_000 });
            Assert.Equal(MemoryLimitSource.ManagedHeap, Assert.IsType<JobOutOfMemory>(outcome.Failure).Source);
        }
    }

    [Fact]
    public async Task Small_garbage_that_is_gone_at_the_end_does_not_count_under_a_small_limit()
    {
        for (var i = 0; i < 20; i++)
        {
            var outcome = await node.Run(
                static () =>
                {
                    var sum = 0;
                    for (var round = 0; round < 1000; round++)
                        sum += new byte[1000].Length;
                    return sum;
                },
                new JobLimits { MaxHeapBytes = 256 << 10 });
            Assert.Equal(1_000_000, outcome.GetValueOrThrow());
        }
    }

    [Fact]
    public async Task An_OutOfMemoryException_is_out_of_memory_by_allocation_failure()
    {
        var outcome = Assert.IsType<JobOutOfMemory>((await node.Run(Exits.ThrowOutOfMemory, TenMebibytes)).Failure);
        Assert.Equal(MemoryLimitSource.AllocationFailure, outcome.Source);
    }

    [Fact]
    public async Task The_next_job_has_its_whole_limit_after_a_job_out_of_memory()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<JobOutOfMemory>((await node.Run(MemoryHogs.SmallArrays, TenMebibytes)).Failure);
            Assert.True((await node.Run(static () => WithinLimits.Hold97Percent(10 << 20), TenMebibytes)).IsSuccess);
        }
    }

    [Fact]
    public async Task Each_job_has_its_own_limit_if_limits_change_from_job_to_job_in_one_worker()
    {
        await using var single = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        foreach (var mebibytes in new[] { 50, 1, 20, 2, 10, 50, 1 })
        {
            var limit = mebibytes * Mebibyte;
            var limits = new JobLimits { MaxHeapBytes = limit };
            Assert.True((await single.Run(() => WithinLimits.Hold90Percent(limit), limits)).IsSuccess);
            Assert.IsType<JobOutOfMemory>((await single.Run(static () => { MemoryHogs.SmallArrays(); return 0; }, limits)).Failure);
        }
    }

    [Fact]
    public async Task The_managed_peak_of_a_completed_job_is_close_to_the_memory_that_it_held()
    {
        var outcome = await node.Run(static () => WithinLimits.HoldHalf(10 << 20), TenMebibytes);
        Assert.InRange(outcome.Usage!.PeakManagedBytes, 5 * Mebibyte, 10 * Mebibyte);
        Assert.InRange(outcome.Usage.PeakResidentBytes, 10 * Mebibyte, 200 * Mebibyte);
    }

    private static List<int> SeedsExample() => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList();

    private static void AssertSeedsExample(JobOutcome<List<int>> outcome)
    {
        Assert.IsType<JobOutOfMemory>(outcome.Failure);
        Assert.Equal("Process tried to use more than 4096 bytes of memory (MaxHeapBytes)", outcome.Message);
    }
}
