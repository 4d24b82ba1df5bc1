using Handler.BadJobs;

namespace Handler.Tests.Platform;

/// <summary>Workers with a process namespace: jobs end as they do without it, and nothing that they start outlives them.</summary>
public sealed class PidNamespaceTests : IAsyncLifetime
{
    private TestNode? node;

    private TestNode Node => node!;

    public async Task InitializeAsync()
    {
        if (new NamespaceFactAttribute().Skip is null)
            node = await TestNode.StartAsync(static options =>
            {
                (options.MaxWorkers, options.SpareWorkers) = (1, 0);
                options.Hardening.PidNamespace = true;
            });
    }

    public async Task DisposeAsync()
    {
        if (node is not null)
            await node.DisposeAsync();
    }

    [NamespaceFact]
    public async Task A_job_sees_only_its_worker_and_process_1()
    {
        var outcome = await Node.Run(static () =>
            (Environment.ProcessId, System.Diagnostics.Process.GetProcesses().Select(static each => each.Id).Order().ToArray()));
        var (self, all) = outcome.GetValueOrThrow();
        Assert.Equal([1, self], all);
        Assert.NotEqual(1, self);
        Assert.True(outcome.Usage!.WorkerPid > self);
        Assert.Contains(outcome.Usage.WorkerPid, Node.Processes().Select(static each => each.Pid));
    }

    [NamespaceFact]
    public async Task A_job_has_no_capabilities_and_no_other_open_descriptors_than_usual()
    {
        var (capabilities, descriptors, ignored) = (await Node.Run(Describe)).GetValueOrThrow();
        await using var plain = await TestNode.StartAsync(static options => options.MaxWorkers = 1);
        var (_, usual, usuallyIgnored) = (await plain.Run(Describe)).GetValueOrThrow();
        Assert.All(capabilities, static line => Assert.EndsWith("0000000000000000", line));
        Assert.Equal(usual, descriptors);
        Assert.Equal(usuallyIgnored, ignored);
    }

    [NamespaceFact]
    public async Task A_crash_ends_as_without_a_namespace()
    {
        await using var plain = await TestNode.StartAsync(static options => options.MaxWorkers = 1);
        foreach (var job in (Action[])
        [
            static () => BadJobs.Exits.Exit(3),
            static () => BadJobs.Exits.FailFast("bad state"),
            static () => NativeExits.Abort(),
            static () => NativeExits.NullWrite(),
            static () => NativeExits.Kill(),
            static () => NativeExits.KillGroup(),
            static () => NativeExits.ExitWithoutCleanup(137),
        ])
        {
            var expected = Assert.IsType<JobExited>((await plain.Run(job)).Failure);
            var actual = Assert.IsType<JobExited>((await Node.Run(job)).Failure);
            Assert.Equal((expected.ExitCode, expected.Signal), (actual.ExitCode, actual.Signal));
        }
    }

    [NamespaceFact]
    public async Task Fifty_grandchildren_in_sessions_of_their_own_are_gone_when_a_job_has_timed_out()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("started");
        var outcome = await Node.Run(
            () => Children.HangWithStrangers(50, path), new JobLimits { Timeout = TimeSpan.FromSeconds(5) });
        Assert.IsType<JobTimedOut>(outcome.Failure);
        Assert.True(File.Exists(path));
        Assert.DoesNotContain(Node.Processes(), static each => CommandOf(each.Pid).StartsWith("sleep", StringComparison.Ordinal));
    }

    [NamespaceFact]
    public async Task The_end_of_the_program_that_waits_for_a_worker_ends_the_worker_by_a_signal()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("started");
        var job = Node.Run(() => Children.ReportAndHang(path));
        await folder.WaitFor("started");
        Assert.Single(Node.Workers());
        TestNode.Kill(Node.Workers()[0]);
        var exited = Assert.IsType<JobExited>((await job).Failure);
        Assert.Equal(Signals.Kill, exited.Signal);
        Assert.Equal(2, (await Node.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    [NamespaceFact]
    public async Task A_killed_worker_leaves_no_process()
    {
        var pid = (await Node.Run(static () => 1)).Usage!.WorkerPid;
        var all = Node.Processes().Select(static each => each.Pid).ToList();
        Assert.Equal(3, all.Count);
        TestNode.Kill(pid);
        await Wait.Until(() => !Node.Processes().Exists(each => all.Contains(each.Pid)), "the programs around the worker to end");
    }

    [NamespaceFact]
    public async Task The_processes_around_a_worker_do_not_count_as_a_jobs()
    {
        var usage = (await Node.Run(static () => Thread.Sleep(500))).Usage!;
        Assert.Equal(0, usage.PeakProcesses);
        Assert.InRange(usage.CpuTime, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    [NamespaceFact]
    public async Task A_strict_worker_with_all_namespaces_runs_usual_jobs_and_ends_as_without_them()
    {
        if (Handler.Platform.Landlock.WhyNot(Handler.Platform.Landlock.ForProcesses) is not null)
            return;
        await using var strict = await TestNode.StartAsync(static options =>
        {
            options.MaxWorkers = 1;
            options.Hardening.UseStrict().MaxFileBytes = 2 << 20;
            (options.Hardening.PidNamespace, options.Hardening.NetworkNamespace) = (true, true);
        });
        Assert.Equal("read", (await strict.Run(static () => Intruders.Read("/proc/self/status"))).GetValueOrThrow());
        Assert.NotEqual("read", (await strict.Run(static () => Intruders.Read("/etc/shadow"))).GetValueOrThrow());
        Assert.Equal("UnauthorizedAccessException", (await strict.Run(static () => Intruders.Write("/tmp/x"))).GetValueOrThrow());
        Assert.Empty((await strict.Run(Intruders.RareCalls)).GetValueOrThrow());
        Assert.Empty((await strict.Run(static () => Intruders.Reach(1))).GetValueOrThrow());
        var large = Assert.IsType<JobExited>(
            (await strict.Run(static () => File.WriteAllBytes(Path.Combine(Path.GetTempPath(), "large"), new byte[3 << 20]))).Failure);
        Assert.Contains("Hardening.MaxFileBytes", large.Message);
        var killed = Assert.IsType<JobExited>((await strict.Run(static () => NativeExits.Kill())).Failure);
        Assert.Equal(Signals.Kill, killed.Signal);
    }

    [NamespaceFact]
    public async Task The_limits_of_a_job_hold_for_what_it_starts()
    {
        var memory = await Node.Run(
            static () => Children.HangWithHogInOwnSession(400), new JobLimits { MaxResidentBytes = 100 << 20 });
        Assert.IsType<JobOutOfMemory>(memory.Failure);
        var processes = await Node.Run(static () => Children.HangWithChildren(8), new JobLimits { MaxProcesses = 4 });
        Assert.IsType<JobLimitExceeded>(processes.Failure);
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    /// <summary>What a descriptor is of, without the numbers of processes, pipes and sockets.</summary>
    private static string KindOf(string? target) => string.Concat((target ?? "").Where(static each => !char.IsAsciiDigit(each)));

    private static (string[] Capabilities, string[] Descriptors, string Ignored) Describe()
    {
        var lines = File.ReadAllLines("/proc/self/status");
        return (
            [.. lines.Where(static line => line.StartsWith("Cap", StringComparison.Ordinal))],
            [
                .. Directory.EnumerateFiles("/proc/self/fd").Select(static path => KindOf(new FileInfo(path).LinkTarget))
                    .Where(static kind => !kind.EndsWith(".dll", StringComparison.Ordinal)) // how many it has loaded depends on its jobs
                    .Order(),
            ],
            lines.First(static line => line.StartsWith("SigIgn", StringComparison.Ordinal)));
    }
}
