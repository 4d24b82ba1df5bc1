using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Handler.BadJobs;

namespace Handler.Tests.Guard;

/// <summary>What a job finds around it, and what is removed from there.</summary>
public sealed class SurroundingsTests
{
    [Fact]
    public async Task A_job_sees_the_variables_of_WorkerEnvironment_but_not_the_hosts_environment()
    {
        const string Secret = "HANDLER_TEST_SECRET";
        Environment.SetEnvironmentVariable(Secret, "hunter2");
        await using var node = await TestNode.StartAsync(options => options.WorkerEnvironment["GIVEN"] = "with = and ä");
        var seen = (await node.Run(static () => Environment.GetEnvironmentVariables().Keys.Cast<string>().ToArray())).GetValueOrThrow();
        Assert.DoesNotContain(Secret, seen);
        string[] allowed = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "GIVEN", TestNode.Variable];
        Assert.All(seen, name => Assert.True(allowed.Contains(name) || name.StartsWith("DOTNET_", StringComparison.Ordinal), name));
        Assert.Equal("with = and ä", (await node.Run(static () => Environment.GetEnvironmentVariable("GIVEN"))).GetValueOrThrow());
        var other = (await node.Run(static () => File.ReadAllText("/proc/self/environ"))).GetValueOrThrow();
        Assert.DoesNotContain("hunter2", other);
    }

    [Fact]
    public async Task A_worker_has_no_core_dumps_no_new_privileges_and_a_higher_niceness_by_default()
    {
        await using var node = await TestNode.StartAsync();
        var limits = (await node.Run(static () => File.ReadAllText("/proc/self/limits"))).GetValueOrThrow();
        Assert.Matches(@"Max core file size +0 +0 ", limits);
        var pid = (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow();
        Assert.Equal("1", ProcessTable.Status(pid, "NoNewPrivs"));
        var nice = (await node.Run(static () => File.ReadAllText("/proc/self/stat"))).GetValueOrThrow().Split(") ")[^1].Split(' ')[16];
        var own = (await File.ReadAllTextAsync("/proc/self/stat")).Split(") ")[^1].Split(' ')[16];
        Assert.Equal(Math.Min(19, int.Parse(own) + 5), int.Parse(nice));
    }

    [AutogroupFact]
    public async Task The_session_of_a_worker_has_the_configured_niceness_if_the_kernel_schedules_by_session()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.Niceness = 7);

        // Without privileges, a worker may have to try again. It does so after a job.
        await Wait.Until(
            async () => (await node.Run(AutogroupFactAttribute.Read)).GetValueOrThrow().EndsWith(" nice 7", StringComparison.Ordinal),
            () => "the niceness of a worker's session");
    }

    [Fact]
    public async Task A_worker_leads_its_own_session_and_reads_nothing_from_stdin()
    {
        await using var node = await TestNode.StartAsync();
        var stat = (await node.Run(static () => File.ReadAllText("/proc/self/stat"))).GetValueOrThrow();
        var pid = stat.Split(' ')[0];
        var fields = stat.Split(") ")[^1].Split(' ');
        Assert.Equal((pid, pid), (fields[2], fields[3]));
        Assert.Equal("end of input", (await node.Run(Noise.ReadStdin)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_worker_inherits_no_descriptor_of_its_host()
    {
        await using var file = File.Open(
            Path.GetTempFileName(),
            new FileStreamOptions { Options = FileOptions.DeleteOnClose, Access = FileAccess.ReadWrite });
        await using var node = await TestNode.StartAsync();
        var open = (await node.Run(static () => ProcessTable.OpenDescriptors())).GetValueOrThrow();
        Assert.DoesNotContain(open, name => name.Contains(Path.GetFileName(file.Name)));
        Assert.DoesNotContain(open, name => name.Contains("socket"));
    }

    [Fact]
    public async Task A_job_does_not_see_the_culture_of_the_previous_job()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 1);
        var first = await node.Run(static () =>
        {
            var own = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            own.NumberFormat.NumberDecimalSeparator = "|";
            CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = own;
            return $"{1.5} {Environment.ProcessId}";
        });
        var second = await node.Run(static () => $"{1.5} {Environment.ProcessId}");
        Assert.Equal(first.GetValueOrThrow().Replace('|', '.'), second.GetValueOrThrow());
        Assert.Contains("|", first.GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_with_denied_network_can_open_only_Unix_sockets()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.DenyNetwork = true);
        var failed = Assert.IsType<JobFailed>((await node.Run(Leftovers.ListeningSocket)).Failure);
        Assert.Equal(typeof(SocketException).FullName, failed.ExceptionType);
        var udp = await node.Run(static () => { using var socket = new UdpClient(AddressFamily.InterNetworkV6); return 1; });
        Assert.Equal(typeof(SocketException).FullName, Assert.IsType<JobFailed>(udp.Failure).ExceptionType);
        var unix = await node.Run(static () =>
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            return 1;
        });
        Assert.Equal(1, unix.GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_can_open_network_sockets_by_default()
    {
        await using var node = await TestNode.StartAsync();
        Assert.Equal(
            1,
            (
                await node.Run(static () =>
                {
                    using var listener = new TcpListener(IPAddress.Loopback, 0);
                    listener.Start();
                    return 1;
                })
            ).GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_with_denied_processes_can_start_threads_but_no_process()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.DenyProcesses = true);
        Assert.IsType<JobFailed>((await node.Run(Children.LeaveChild)).Failure);
        var threads = await node.Run(static () =>
        {
            var sum = 0;
            Parallel.For(0, 8, _ => Interlocked.Increment(ref sum));
            var thread = new Thread(() => sum++);
            thread.Start();
            thread.Join();
            return sum;
        });
        Assert.Equal(9, threads.GetValueOrThrow());
    }

    [Fact]
    public async Task Processes_and_network_can_both_be_denied()
    {
        await using var node = await TestNode.StartAsync(options =>
            (options.Hardening.DenyProcesses, options.Hardening.DenyNetwork) = (true, true));
        Assert.IsType<JobFailed>((await node.Run(Children.LeaveChild)).Failure);
        Assert.IsType<JobFailed>((await node.Run(Leftovers.ListeningSocket)).Failure);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [PrivilegedFact]
    public async Task A_worker_runs_as_the_configured_user()
    {
        const int Nobody = 65534;
        await using var node = await TestNode.StartAsync(options => options.Hardening.UserId = Nobody);
        var status = (await node.Run(static () => File.ReadAllText("/proc/self/status"))).GetValueOrThrow();
        Assert.Matches($@"Uid:\s+{Nobody}\s+{Nobody}\s+{Nobody}\s+{Nobody}\n", status);
        Assert.Matches($@"Gid:\s+{Nobody}\s+{Nobody}\s+{Nobody}\s+{Nobody}\n", status);
        Assert.Matches(@"Groups:\s*\n", status);
        Assert.IsType<JobTimedOut>((await node.Run(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) })).Failure);
    }

    [Fact]
    public async Task No_thread_of_a_worker_has_a_capability_or_can_gain_one()
    {
        await using var node = await TestNode.StartAsync();
        var threads = (await node.Run(static ()
                => Directory.GetDirectories("/proc/self/task").Select(task => File.ReadAllText(task + "/status")).ToArray())
        ).GetValueOrThrow();
        Assert.NotEmpty(threads);
        foreach (var status in threads)
        {
            foreach (var set in (string[])["CapInh", "CapPrm", "CapEff", "CapAmb"])
                Assert.Matches($@"{set}:\s+0+\n", status);
            Assert.Matches(@"NoNewPrivs:\s+1\n", status);
            if (Environment.IsPrivilegedProcess)
                Assert.Matches(@"CapBnd:\s+0+\n", status);
        }
    }

    [PrivilegedFact]
    public async Task A_worker_keeps_its_capabilities_if_DropCapabilities_is_false()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.DropCapabilities = false);
        var status = (await node.Run(static () => File.ReadAllText("/proc/self/status"))).GetValueOrThrow();
        Assert.Contains("CapEff:\t" + ProcessTable.Status(Environment.ProcessId, "CapEff"), status);
    }

    [Fact]
    public async Task A_job_can_read_the_size_of_another_worker_but_neither_its_environment_nor_its_memory()
    {
        await using var node = await TestNode.StartAsync();
        using var folder = new TemporaryFolder();
        var (written, path) = (folder.File(".pid"), folder.File("pid"));
        var first = node.Run(
            () =>
            {
                File.WriteAllText(written, Environment.ProcessId.ToString());
                File.Move(written, path);
                CpuHogs.Sleep();
            },
            new JobLimits { Timeout = TimeSpan.FromSeconds(60) });
        await folder.WaitFor("pid");
        var pid = int.Parse(File.ReadAllText(path));
        Assert.Equal(
            typeof(UnauthorizedAccessException).FullName,
            Assert.IsType<JobFailed>((await node.Run(() => File.ReadAllBytes($"/proc/{pid}/environ").Length)).Failure).ExceptionType);
        Assert.Equal(
            typeof(UnauthorizedAccessException).FullName,
            Assert.IsType<JobFailed>((await node.Run(() => File.OpenRead($"/proc/{pid}/mem").ReadByte())).Failure).ExceptionType);
        Assert.True((await node.Run(() => File.ReadAllText($"/proc/{pid}/statm").Length)).GetValueOrThrow() > 0);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task A_job_can_stop_the_processes_that_it_starts_and_can_handle_SIGTERM()
    {
        await using var node = await TestNode.StartAsync();
        var code = await node.Run(static () =>
        {
            using var process = System.Diagnostics.Process.Start("timeout", ["0.05", "sleep", "60"]);
            process.WaitForExit();
            return process.ExitCode;
        });
        Assert.Equal(124, code.GetValueOrThrow());
        var heard = await node.Run(static () =>
        {
            using var signalled = new ManualResetEventSlim();
            using var registration = System.Runtime.InteropServices.PosixSignalRegistration.Create(
                System.Runtime.InteropServices.PosixSignal.SIGTERM,
                context =>
                {
                    context.Cancel = true;
                    signalled.Set();
                });
            _ = Signals.Send(Environment.ProcessId, Signals.Terminate);
            return signalled.Wait(TimeSpan.FromSeconds(30));
        });
        Assert.True(heard.GetValueOrThrow());
    }

    [Fact]
    public async Task A_process_whose_parent_has_exited_does_not_outlive_its_job()
    {
        await using var node = await TestNode.StartAsync();
        var orphan = (await node.Run(Children.LeaveOrphan)).GetValueOrThrow();
        await Wait.Until(() => !ProcessTable.IsRunning(orphan), "the orphan of a job to end");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_relay_of_processes_that_each_start_the_next_is_killed_with_its_worker(bool ownGroups)
    {
        for (var i = 0; i < 5; i++)
        {
            await using var node = await TestNode.StartAsync(options => options.SpareWorkers = 0);
            Assert.IsType<JobTimedOut>(
                (
                    await node.Run(() => Children.HangWithRelay(ownGroups), new JobLimits { Timeout = TimeSpan.FromMilliseconds(300) })
                ).Failure);
            await Wait.Until(
                () => node.Processes().All(each => each.ParentPid == Environment.ProcessId),
                () => $"the relay to end: {string.Join(", ", node.Processes())}");
        }
    }

    [Fact]
    public async Task Changes_of_a_job_to_its_process_are_not_visible_in_a_new_worker()
    {
        // A job may change the statics and the environment of its process. To keep the next job from seeing it, run one job per process.
        await using var node = await TestNode.StartAsync(options => options.Recycling.MaxJobs = 1);
        Assert.True((await node.Run(static () => Environment.SetEnvironmentVariable("LEFT_BEHIND", "1"))).IsSuccess);
        Assert.Null((await node.Run(static () => Environment.GetEnvironmentVariable("LEFT_BEHIND"))).GetValueOrThrow());
    }
}
