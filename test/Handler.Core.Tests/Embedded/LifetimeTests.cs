using System.Diagnostics;
using System.Globalization;
using Handler.BadJobs;

namespace Handler.Tests.Embedded;

/// <summary>Nothing outlives its owner.</summary>
[Collection(Alone.Name)]
public sealed class LifetimeTests
{
    [Fact]
    public async Task Dispose_kills_running_and_waiting_jobs_and_each_caller_receives_the_outcome()
    {
        using var folder = new TemporaryFolder();
        var node = await TestNode.StartAsync(options => options.MaxWorkers = 2);
        var running = new[] { folder.File("0"), folder.File("1") }
            .Select(path =>
                node.Run(() =>
                {
                    File.WriteAllText(path, "");
                    CpuHogs.TightLoop();
                }))
            .ToArray();
        await folder.WaitFor("0");
        await folder.WaitFor("1");
        var waiting = Enumerable.Range(0, 10).Select(_ => node.Run(CpuHogs.Sleep)).ToArray();
        await node.DisposeAsync();
        foreach (var outcome in await Task.WhenAll(running.Concat(waiting)))
            Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>(outcome.Failure).Cause);
        Assert.All(running, job => Assert.NotNull(job.Result.Usage));
        Assert.All(waiting, job => Assert.Null(job.Result.Usage));
        Assert.Throws<JobKilledException>(() => running[0].Result.ThrowIfFailed());
    }

    [Fact]
    public async Task After_Dispose_no_job_runs()
    {
        var node = await TestNode.StartAsync();
        await node.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => node.Run(static () => 1));
        await node.DisposeAsync(); // a second call does no harm
    }

    [Fact]
    public async Task After_Dispose_every_call_throws_for_any_pool()
    {
        var node = await TestNode.StartAsync(options => options.AddPool("open").AddPool("closed", pool => pool.MaxWorkers = 0));
        await node.DisposeAsync();
        await Throws(() => node.Handler.TryAddPoolAsync("new"));
        await Throws(() => node.Handler.TryUpdatePoolAsync("open", pool => pool.MaxWorkers = 1));
        await Throws(() => node.Handler.RemovePoolAsync("open"));
        foreach (var pool in new[] { "open", "closed", "missing" }.Select(node.Handler.GetPool))
        {
            await Throws(() => pool.RunAsync(static () => 1));
            await Throws(() => pool.RunAsync(static () => 1, new JobOptions { Wait = TimeSpan.FromDays(1) }));
            await Throws(() => pool.TryStartAsync(static () => 1));
            await Throws(() => pool.KillAsync("name"));
            await Throws(() => pool.KillAsync(default(JobId)));
            await Throws(() => pool.KillAllAsync());
            await Throws(() => pool.GetSnapshotAsync());
        }

        static Task Throws(Func<Task> call) => Assert.ThrowsAsync<ObjectDisposedException>(call);
    }

    [Fact]
    public async Task Dispose_kills_jobs_that_wait_for_their_pools()
    {
        using var returns = new ManualResetEventSlim();
        using var asked = new SemaphoreSlim(0);
        var node = await TestNode.StartAsync(options => options
            .AddPool("slow", pool => pool.Selector = "hangs")
            .AddPoolSelector("hangs", (_, _) =>
            {
                asked.Release();
                returns.Wait();
                return [];
            }));
        try
        {
            var call = node.Handler.GetPool("slow").RunAsync(static () => 1, new JobOptions { PoolTimeout = TimeSpan.FromHours(1) });
            await Wait.For(asked.WaitAsync(), "the selector to be asked");
            await node.DisposeAsync();
            Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Wait.For(call, "the outcome")).Failure).Cause);
        }
        finally
        {
            returns.Set();
        }
    }

    [Fact]
    public async Task Each_caller_of_Dispose_waits_until_the_disposal_is_done()
    {
        var node = await TestNode.StartAsync();
        await Wait.For(Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await node.Handler.DisposeAsync();
            Assert.Empty(node.Processes());
        }))), "all to have disposed");
    }

    [Fact]
    public async Task Calls_that_race_with_Dispose_return_an_outcome_or_throw_ObjectDisposedException()
    {
        for (var round = 0; round < 5; round++)
        {
            var node = await TestNode.StartAsync(options => options.MaxWorkers = 2);
            var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    try
                    {
                        var outcome = await node.Run(static () => 1);
                        Assert.True(outcome.Failure is null or JobKilled { Cause: KillCause.Shutdown }, outcome.Message);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            })).ToArray();
            Assert.True((await node.Run(static () => 1)).IsSuccess);
            await node.DisposeAsync();
            await Wait.For(Task.WhenAll(callers), "the callers to notice");
        }
    }

    [Fact]
    public async Task A_handler_leaves_no_process_no_descriptor_and_no_zombie()
    {
        await UseAndDispose(); // the runtime opens some descriptors once and keeps them
        var before = ProcessTable.OpenDescriptors();
        var threads = Process.GetCurrentProcess().Threads.Count;
        for (var i = 0; i < 5; i++)
            await UseAndDispose();
        await Wait.Until(
            () => ProcessTable.OpenDescriptors().Count <= before.Count,
            () => $"descriptors to close; new are {string.Join(", ", ProcessTable.OpenDescriptors().Except(before))}");
        Assert.Equal(0, ProcessTable.Zombies());
        await Wait.Until(() => Process.GetCurrentProcess().Threads.Count <= threads + 8, "the threads of disposed handlers to end");
    }

    [Fact]
    public async Task Two_handlers_in_one_process_are_independent()
    {
        await using var one = await TestNode.StartAsync();
        var other = await TestNode.StartAsync();
        Assert.True((await other.Run(static () => 1)).IsSuccess);
        await other.DisposeAsync();
        Assert.True((await one.Run(static () => 1)).IsSuccess);
        Assert.NotEmpty(one.Workers());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_host_killed_while_all_kinds_of_jobs_run_leaves_no_process(int round)
    {
        using var folder = new TemporaryFolder();
        var marker = $"{Guid.NewGuid():N}-{round}";
        using var host = StartHost(marker, folder);
        try
        {
            await WaitForJobsOf(host, folder);
            int[] pids =
            [
                .. TestHost
                    .Program.Kinds.SelectMany(kind => File.ReadAllText(folder.File(kind)).Split(' '))
                    .Select(text => int.Parse(text, CultureInfo.InvariantCulture))
                    .Where(pid => pid > 0),
            ];
            Assert.Equal(TestHost.Program.Kinds.Length + 1, pids.Length); // one kind has a child
            Assert.All(pids, pid => Assert.True(ProcessTable.IsRunning(pid), $"{pid} does not run"));
            await Wait.Until(
                ()
                    => ProcessTable.WithVariable(TestHost.Program.Variable, marker).Count(each => each.ParentPid == host.Id)
                    > TestHost.Program.Kinds.Length,
                "the idle worker");

            await KillAsync(host, marker);
            await Wait.Until(() => !pids.Any(ProcessTable.IsRunning), "all to be gone, also those that have no environment any more");
            Assert.DoesNotContain("queued", folder.Names());
        }
        finally
        {
            KillLeft(marker);
        }
    }

    [Fact]
    public async Task A_host_killed_while_its_workers_start_leaves_no_process()
    {
        for (var round = 0; round < 5; round++)
        {
            using var folder = new TemporaryFolder();
            var marker = Guid.NewGuid().ToString("N");
            using var host = StartHost(marker, folder);
            await Wait.Until(() => ProcessTable.WithVariable(TestHost.Program.Variable, marker).Count > 0, "a worker to be started");
            await KillAsync(host, marker);
        }
    }

    [Fact]
    public async Task A_long_job_sees_that_its_host_is_alive_and_continues()
    {
        await using var node = await TestNode.StartAsync(static options => options.MaxSilence = TimeSpan.FromSeconds(30));
        Assert.Equal(7, (await node.Run(static () => { NodeChecks.Await(); NodeChecks.Await(); return 7; })).GetValueOrThrow());
    }

    [Fact]
    public async Task Jobs_of_a_host_that_is_unresponsive_for_too_long_end_and_are_lost()
    {
        using var folder = new TemporaryFolder();
        var marker = Guid.NewGuid().ToString("N");
        using var host = StartHost(marker, folder, maxSilence: 1_000);
        try
        {
            await WaitForJobsOf(host, folder);

            // One kind keeps all threads of its process from running, including the one that would notice the silence.
            int[] pids =
            [
                .. TestHost
                    .Program.Kinds.Where(kind => kind != "blocked-collection")
                    .Select(kind => int.Parse(File.ReadAllText(folder.File(kind)).Split(' ')[0], CultureInfo.InvariantCulture)),
            ];
            TestNode.Kill(host.Id, Signals.Stop);
            await Wait.Until(() => !pids.Any(ProcessTable.IsRunning), "the jobs to end");
            TestNode.Kill(host.Id, Signals.Continue);
            await Wait.Until(() => folder.Names().Contains("queued"), "the host to go on with the job that waited");
        }
        finally
        {
            TestNode.Kill(host.Id);
            KillLeft(marker);
        }
    }

    [Fact]
    public async Task Callers_that_occupy_all_threads_of_the_thread_pool_receive_the_outcomes_of_their_jobs()
    {
        using var host = StartHost(TestHost.Program.Starve);
        try
        {
            Assert.Equal("all were told", await Wait.For(host.StandardOutput.ReadLineAsync(), "the callers to be told"));
            await Wait.For(host.WaitForExitAsync(), "the host to end");
            Assert.Equal(0, host.ExitCode);
        }
        finally
        {
            host.Kill(); // if it still runs
        }
    }

    private static async Task WaitForJobsOf(Process host, TemporaryFolder folder)
    {
        Assert.Equal("running", await Wait.For(host.StandardOutput.ReadLineAsync(), "the host to run"));
        foreach (var kind in TestHost.Program.Kinds)
            await folder.WaitFor(kind);
    }

    /// <summary>Kills a host and waits until all its processes are gone.</summary>
    private static async Task KillAsync(Process host, string marker)
    {
        TestNode.Kill(host.Id);
        await Wait.For(host.WaitForExitAsync(), "the host to end");
        await Wait.Until(() => Left(marker).Count == 0, () => $"processes outlived their host: {string.Join(", ", Left(marker))}");
    }

    private static void KillLeft(string marker)
    {
        foreach (var left in Left(marker))
            TestNode.Kill(left.Pid);
    }

    private static List<ProcessEntry> Left(string marker) => ProcessTable.WithVariable(TestHost.Program.Variable, marker);

    private static Process StartHost(string marker, TemporaryFolder folder, int maxSilence = 0)
        => StartHost(marker, folder.Path, maxSilence.ToString(CultureInfo.InvariantCulture));

    private static Process StartHost(params string[] arguments)
        => Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(TestHost.Program).Assembly.Location, .. arguments])
            {
                RedirectStandardOutput = true,
            }
        )!;

    private static async Task UseAndDispose()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 3);
        var limits = new JobLimits { Timeout = TimeSpan.FromMilliseconds(200) };
        var jobs = Enumerable.Range(0, 20).Select(_ => node.Run(static () => { })).ToList();
        jobs.Add(node.Run(static () => Exits.Exit(3)));
        jobs.Add(node.Run(static () => Exits.FailFast("bad state")));
        jobs.Add(node.Run(static () => { Children.LeaveChildWithStdout(); }));
        jobs.Add(node.Run(CpuHogs.TightLoop, limits));
        jobs.Add(node.Run(MemoryHogs.SmallArrays));
        await Task.WhenAll(jobs);
        _ = node.Handler.RunAsync(CpuHogs.TightLoop);
        _ = node.Handler.RunAsync(CpuHogs.Sleep);
    }
}
