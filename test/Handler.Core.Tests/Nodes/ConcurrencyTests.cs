using Handler.BadJobs;

namespace Handler.Tests.Nodes;

/// <summary>How many jobs run at the same time, in what order, and which are sent ahead.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task The_number_of_jobs_that_run_at_the_same_time_reaches_MaxWorkers_but_never_exceeds_it()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.MinWorkers) = (3, 3));
        var path = folder.Path;
        var jobs = Enumerable.Range(0, 60).Select(number => node.Run(() => CountWhileRunning(path, number))).ToArray();
        var seen = (await Task.WhenAll(jobs)).Select(outcome => outcome.GetValueOrThrow()).ToArray();
        Assert.Equal(3, seen.Max());
    }

    [Fact]
    public async Task A_worker_runs_one_job_at_a_time()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 2);
        var jobs = Enumerable.Range(0, 2000).Select(_ => node.Run(static () => (Environment.ProcessId, Entered.Enter()))).ToArray();
        foreach (var outcome in await Task.WhenAll(jobs))
            Assert.Equal((outcome.Usage!.WorkerPid, 1), outcome.GetValueOrThrow());
    }

    [Fact]
    public async Task Each_attempt_has_its_own_id_and_each_job_has_one_outcome()
    {
        await using var node = await TestNode.StartAsync();
        var jobs = Enumerable.Range(0, 5000).Select(number => node.Run(() => number)).ToArray();
        var outcomes = await Task.WhenAll(jobs);
        Assert.Equal(Enumerable.Range(0, 5000), outcomes.Select(outcome => outcome.GetValueOrThrow()));
        Assert.Equal(5000, outcomes.Select(outcome => outcome.Usage!.AttemptId).Distinct().Count());
    }

    [Fact]
    public async Task A_job_sent_behind_a_slow_one_is_run_by_another_worker_and_only_once()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (2, 2, 0));
        await Wait.Until(() => node.Workers().Count == 2, "two workers");
        var path = folder.Path;
        for (var round = 0; round < 10; round++)
        {
            // First quick jobs, so that later jobs are sent ahead; then a slow job among quick ones.
            var name = folder.File($"slow{round}");
            var release = folder.File($"release{round}");
            var before = Enumerable.Range(0, 100).Select(number => node.Run(() => Sign(path, $"a{round}-{number}"))).ToArray();
            var slow = node.Run(() => { File.WriteAllText(name, ""); SpinWait.SpinUntil(() => File.Exists(release)); });
            var after = Enumerable.Range(0, 100).Select(number => node.Run(() => Sign(path, $"b{round}-{number}"))).ToArray();
            foreach (var outcome in await Task.WhenAll(before.Concat(after)))
                outcome.ThrowIfFailed(); // Sign fails if the file exists already
            Assert.False(slow.IsCompleted);
            await File.WriteAllTextAsync(release, "");
            Assert.True((await slow).IsSuccess);
        }

        Assert.Equal(2000, folder.Names().Count(name => name[0] is 'a' or 'b'));
    }

    [Fact]
    public async Task A_timeout_of_a_slow_job_neither_loses_nor_repeats_the_jobs_that_shared_its_worker()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 1, 0));
        var path = folder.Path;
        for (var round = 0; round < 10; round++)
        {
            var before = Enumerable.Range(0, 20).Select(number => node.Run(() => Sign(path, $"a{round}-{number}"))).ToArray();
            var slow = node.Run(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) });
            var after = Enumerable.Range(0, 50).Select(number => node.Run(() => Sign(path, $"b{round}-{number}"))).ToArray();
            foreach (var outcome in await Task.WhenAll(before.Concat(after)))
                outcome.ThrowIfFailed();
            Assert.IsType<JobTimedOut>((await slow).Failure);
        }

        Assert.Equal(700, folder.Names().Length);
    }

    [Fact]
    public async Task A_crash_neither_loses_nor_repeats_the_jobs_that_shared_its_worker()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 1, 1));
        var path = folder.Path;
        for (var round = 0; round < 10; round++)
        {
            var before = Enumerable.Range(0, 50).Select(number => node.Run(() => Sign(path, $"a{round}-{number}"))).ToArray();
            var crash = node.Run(static () => NativeExits.ExitWithoutCleanup(9));
            var after = Enumerable.Range(0, 50).Select(number => node.Run(() => Sign(path, $"b{round}-{number}"))).ToArray();
            foreach (var outcome in await Task.WhenAll(before.Concat(after)))
                outcome.ThrowIfFailed();
            Assert.Equal(9, Assert.IsType<JobExited>((await crash).Failure).ExitCode);
        }

        Assert.Equal(1000, folder.Names().Length);
    }

    [Fact]
    public async Task A_job_is_rejected_if_the_queue_of_the_node_is_full()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.MaxQueuedJobs) = (1, 2));
        var (running, release) = (folder.File("running"), folder.File("release"));
        var busy = node.Run(() => { File.WriteAllText(running, ""); SpinWait.SpinUntil(() => File.Exists(release)); });
        await folder.WaitFor("running");
        var waiting = new[] { node.Run(static () => 1), node.Run(static () => 2) };
        var outcome = await node.Run(static () => 3);
        var rejected = Assert.IsType<JobRejected>(outcome.Failure);
        Assert.Equal((RejectReason.QueueFull, 2, 2), (rejected.Reason, rejected.Used, rejected.Limit));
        Assert.Null(outcome.Usage);
        await File.WriteAllTextAsync(release, "");
        Assert.True((await busy).IsSuccess);
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task Large_and_small_jobs_can_be_mixed()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 2);
        var limits = new JobLimits { MaxHeapBytes = 100 << 20 };
        var jobs = Enumerable.Range(0, 200).Select(number =>
        {
            var bytes = new byte[number % 10 == 0 ? 1_000_000 : number];
            bytes.AsSpan().Fill((byte)number);
            return node.Run(() => bytes, limits);
        }).ToArray();
        for (var number = 0; number < jobs.Length; number++)
        {
            var value = (await jobs[number]).GetValueOrThrow();
            Assert.Equal(number % 10 == 0 ? 1_000_000 : number, value.Length);
            Assert.True(value.AsSpan().IndexOfAnyExcept((byte)number) < 0);
        }
    }

    [Fact]
    public async Task An_oversized_payload_is_refused_before_the_job_starts_and_an_oversized_result_is_a_failure()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxPayloadBytes = 10_000);
        var large = new byte[10_001];
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => node.Run(() => large.Length));
        Assert.Contains("MaxPayloadBytes allows 10000", exception.Message);
        var failed = Assert.IsType<JobFailed>((await node.Run(static () => Results.HugeBytes(10_001))).Failure);
        Assert.Contains("MaxPayloadBytes allows 10000", failed.ExceptionMessage);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    /// <summary>
    /// How many jobs run, this one included, when all three of its group have started. No job of a group ends before that.
    /// </summary>
    private static int CountWhileRunning(string folder, int number)
    {
        var running = Path.Combine(folder, $"running-{number}");
        File.WriteAllText(running, "");
        File.WriteAllText(Path.Combine(folder, $"started-{number}"), "");
        var group = Enumerable.Range(number / 3 * 3, 3).Select(each => Path.Combine(folder, $"started-{each}")).ToList();
        SpinWait.SpinUntil(() => group.TrueForAll(File.Exists));
        var count = Directory.GetFiles(folder, "running-*").Length;
        File.Delete(running);
        return count;
    }

    private static void Sign(string folder, string name) => new FileStream(Path.Combine(folder, name), FileMode.CreateNew).Dispose();

    /// <summary>Counts the threads that are inside at the same time.</summary>
    private static class Entered
    {
        private static int running;

        public static int Enter()
        {
            var inside = Interlocked.Increment(ref running);
            Thread.SpinWait(200);
            Interlocked.Decrement(ref running);
            return inside;
        }
    }
}
