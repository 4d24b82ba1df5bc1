using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.BadJobs;
using Handler.Tests.Verdicts;

namespace Handler.Tests.Embedded;

/// <summary>Runs five thousand jobs of all kinds, then checks that everything is as before.</summary>
[Collection(Alone.Name)]
public sealed class SoakTests
{
    private const int Jobs = 5_000, Callers = 16;

    private static readonly JobLimits Short = new() { Timeout = TimeSpan.FromMilliseconds(30) };
    private static readonly JobLimits Little = new() { MaxHeapBytes = 1 << 20 };

    [Fact]
    public async Task Five_thousand_mixed_jobs_leak_no_resources()
    {
        using var temporary = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options =>
        {
            options.WorkerEnvironment["TMPDIR"] = temporary.Path; // other processes on this machine have temporary files, too
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (4, 4, 2);
            options.Recycling.IdleTimeout = TimeSpan.FromMilliseconds(300);
        });
        await Run(node, 1000, seed: 1); // warms up what is created once and kept: plans, pools, threads
        var before = await Settled(node);
        await Run(node, Jobs, seed: 2);
        var after = await Settled(node, before.Descriptors + 4);

        Assert.Equal(0, after.Zombies);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
        Assert.Empty(SharedMemory());
        Assert.InRange(after.ManagedBytes - before.ManagedBytes, long.MinValue, 4 << 20);
        Assert.InRange(after.ResidentBytes - before.ResidentBytes, long.MinValue, 64 << 20);
    }

    private static async Task Run(TestNode node, int jobs, int seed)
    {
        var next = 0;
        var wrong = new ConcurrentQueue<string>();
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + caller);
            while (Interlocked.Increment(ref next) <= jobs)
            {
                var (kind, unexpected) = await RunOne(node, random);
                if (unexpected is not null)
                    wrong.Enqueue($"{kind}: {unexpected}");
            }
        }));
        await Task.WhenAll(callers);
        Assert.True(wrong.IsEmpty, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>
    /// Runs a job of a random kind; each kind has a share of a thousand. Returns the kind, and the outcome if it is not the expected one.
    /// </summary>
    private static Task<(string Kind, string? Unexpected)> RunOne(TestNode node, Random random)
    {
        var number = random.Next(1000);
        return random.Next(1000) switch
        {
            < 880 => Expect("good", node.Run(() => number + 1), outcome => outcome.TryGetValue(out var value) && value == number + 1),
            < 930 => Expect("failing", node.Run(static () => Exits.Throw("no")), outcome =>
                outcome.Failure is JobFailed { ExceptionMessage: "no" }),
            < 950 => Expect("flooding", node.Run(static () => Noise.FloodStdout(200_000)), outcome => outcome.IsSuccess),
            < 965 => Cancelled(node, number),
            < 972 => Expect("exiting", node.Run(static () => NativeExits.ExitWithoutCleanup(3)), outcome =>
                outcome.Failure is JobExited { ExitCode: 3 }),
            < 975 => Expect("crashing", node.Run(static () => Exits.FailFast("bad state")), outcome =>
                outcome.Failure is JobExited { Signal: 6 }),
            < 983 => Expect("timing out", node.Run(CpuHogs.TightLoop, Short), outcome => outcome.Failure is JobTimedOut),
            < 990 => Expect("out of memory", node.Run(MemoryHogs.SmallArrays, Little), outcome => outcome.Failure is JobOutOfMemory),
            < 995 => Expect("leaving a thread", node.Run(Leftovers.SleepingThread), outcome =>
                outcome.TryGetValue(out var value) && value == 1),
            < 998 => Expect("leaving a child", node.Run(Children.LeaveChildWithStdout), outcome => outcome.IsSuccess),
            _ => Expect("closing descriptors", node.Run(NativeExits.CloseAllDescriptors), VerdictTests.IsEndOfOneWithoutDescriptors),
        };
    }

    private static async Task<(string Kind, string? Unexpected)> Cancelled(TestNode node, int number)
    {
        using var source = new CancellationTokenSource();
        var job = node.Run(CpuHogs.Sleep, null, source.Token);
        if (number % 2 == 0)
            await Task.Yield();
        await source.CancelAsync();
        return await Expect("cancelled", job, outcome => outcome.Failure is JobKilled { Cause: KillCause.CallerCancelled });
    }

    private static async Task<(string Kind, string? Unexpected)> Expect<TOutcome>(
        string kind,
        Task<TOutcome> job,
        Func<TOutcome, bool> expected)
    {
        var outcome = await job;
        return (kind, expected(outcome) ? null : outcome!.ToString());
    }

    /// <summary>
    /// Waits until exactly the expected workers run and no surplus descriptors are open. A worker may be replaced at any time after that.
    /// </summary>
    private static async Task<State> Settled(TestNode node, int mostDescriptors = int.MaxValue)
    {
        await Wait.Until(
            () => node.Processes().Count == node.Workers().Count && node.Workers().Count == 6,
            () => $"six workers and nothing else; there are {string.Join(", ", node.Processes())}");
        await Wait.Until(
            () => ProcessTable.OpenDescriptors().Count <= mostDescriptors,
            () => $"at most {mostDescriptors} open descriptors; there are {ProcessTable.OpenDescriptors().Count}");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return new State(
            ProcessTable.Zombies(),
            ProcessTable.OpenDescriptors().Count,
            GC.GetTotalMemory(forceFullCollection: true),
            Process.GetCurrentProcess().WorkingSet64);
    }

    private static IEnumerable<string> SharedMemory()
        => Directory.Exists("/dev/shm") ? Directory.EnumerateFileSystemEntries("/dev/shm", "*handler*") : [];

    private sealed record State(int Zombies, int Descriptors, long ManagedBytes, long ResidentBytes);
}
