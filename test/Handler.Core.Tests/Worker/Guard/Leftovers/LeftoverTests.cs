using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Handler.BadJobs;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Guard;

/// <summary>
/// What one job leaves in its worker, and what the next one finds: either everything is restored, or the next job runs in another process.
/// </summary>
public sealed class LeftoverTests
{
    public static readonly TheoryData<string> Retiring = [.. Jobs.Keys];

    public static readonly TheoryData<string> Handlers =
    [
        "ProcessExit",
        "UnhandledException",
        "FirstChanceException",
        "AssemblyResolve",
        "AssemblyLoad",
        "Resolving",
        "UnobservedTaskException",
        "CancelKeyPress",
        "PosixSignal",
        "EventListener",
        "ActivityListener",
        "Activity.CurrentChanged",
        "MeterListener",
        "AppContext switch",
        "Unloading",
        "Unloading of a collectible context",
        "EventSource",
        "DiagnosticListener",
        "DiagnosticListener with a filter",
    ];

    public static readonly TheoryData<string> NativeChanges =
    [
        "umask",
        "niceness",
        "resource limit",
        "signal mask",
        "signal handler",
        "ignored children",
        "ignored interrupt",
        "alarm",
        "affinity",
        "C environment",
        "rounding",
        "standard output",
        "lock of future memory",
        "lock of future memory when it is used",
        "alternate signal stack",
        "handler of SIGSEGV",
        "large pages",
        "policy for memory errors",
        "personality",
        "core dump filter",
        "lifeline",
    ];

    /// <summary>Names of the runtime's threads, as the kernel shows them.</summary>
    public static readonly TheoryData<string> Disguises =
    [
        ".NET Helper",
        ".NET Sockets",
        ".NET TP Wait",
        ".NET TP Worker",
        ".NET TP Gate",
        ".NET Timer",
        ".NET EventPipe",
        ".NET SigHandler",
        "Handler final",
    ];

    private static Dictionary<string, Func<int>> Jobs => new()
    {
        ["the GC's limit"] = Leftovers.LimitOfPart,
        ["a registered wait"] = Leftovers.RegisteredWait,
        [".NET File Watch"] = Leftovers.FileWatcher,
        ["an open descriptor (/dev/zero)"] = Leftovers.OpenFile,
        ["an open descriptor (/dev/null)"] = Leftovers.OpenNullFiles,
        ["an open descriptor (socket:"] = Leftovers.ListeningSocket,
        ["FailsOnce failed"] = Leftovers.FailedInitializer,
        ["a finalizer that does not end"] = Leftovers.EndlessFinalizer,
    };

    private readonly RecordingLogger logger = new();

    [Fact]
    public async Task A_job_finds_the_state_of_a_fresh_thread_and_a_fresh_process()
    {
        await using var node = await OneWorkerAsync();
        var capture = new JobLimits { CaptureOutput = true };
        var before = await node.Run(AmbientState.Read, capture);
        Assert.True(Retirements(node).Length == 0, Retirements(node));
        Assert.Equal(before.GetValueOrThrow()[^1], (await node.Run(AmbientState.Change)).GetValueOrThrow().ToString());
        var after = await node.Run(AmbientState.Read, capture);
        Assert.True(Retirements(node).Length == 0, Retirements(node));
        Assert.Equal(before.GetValueOrThrow(), after.GetValueOrThrow());
        Assert.Equal(("out\n", "error\n"), (after.Output!.StandardOutput, after.Output.StandardError));
    }

    [Fact]
    public async Task Changes_of_a_job_are_put_back_even_after_the_shortest_job()
    {
        await using var node = await OneWorkerAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await node.Run(static () => Environment.SetEnvironmentVariable("LEFT_BEHIND", "alice"))).IsSuccess);
            Assert.Null((await node.Run(static () => Environment.GetEnvironmentVariable("LEFT_BEHIND"))).GetValueOrThrow());
        }
    }

    [Fact]
    public async Task Jobs_that_are_sent_together_do_not_see_each_others_changes()
    {
        await using var node = await OneWorkerAsync();
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(async i =>
                {
                    if (i % 2 == 0)
                        Assert.True(
                            (
                                await node.Run(static () =>
                                {
                                    Thread.CurrentPrincipal = new System.Security.Principal.GenericPrincipal(
                                        new System.Security.Principal.GenericIdentity("alice"),
                                        []);
                                })
                            ).IsSuccess);
                    else
                        Assert.Null((await node.Run(static () => Thread.CurrentPrincipal?.Identity?.Name)).GetValueOrThrow());
                }));
    }

    [Theory]
    [MemberData(nameof(Retiring))]
    public async Task The_next_job_runs_in_another_process_after_a_job_with_leftovers(string kind) => await RetiresAsync(Jobs[kind], kind);

    [Theory]
    [MemberData(nameof(Disguises))]
    public async Task The_next_job_runs_in_another_process_after_a_thread_was_left_under_a_known_thread_name(string name)
        => await RetiresAsync(() => Leftovers.DisguisedThread(name), $"a thread (\"{name}\")");

    /// <summary>The number of threads is then no higher than before.</summary>
    [Fact]
    public async Task A_leftover_thread_is_found_even_if_a_thread_of_the_runtime_has_ended()
    {
        await using var node = await OneWorkerAsync();
        var first = (await node.Run(
                static () => Leftovers.OutliveCompiler() + (0 * Leftovers.SleepingThread()),
                new JobLimits { Timeout = TimeSpan.FromSeconds(30) })
        ).GetValueOrThrow();
        Assert.NotEqual(first, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task The_next_job_runs_in_another_process_after_a_handler_was_left(string what)
        => await RetiresAsync(() => Leftovers.Handler(what), "");

    [Theory]
    [MemberData(nameof(NativeChanges))]
    public async Task The_next_job_runs_in_another_process_after_native_code_changed(string what)
        => await RetiresAsync(() => Leftovers.Native(what), "");

    [SpeculationFact]
    public async Task The_next_job_runs_in_another_process_after_speculation_was_turned_off()
        => await RetiresAsync(static () => Leftovers.Native("speculation"), "");

    /// <summary>Without its handler, the runtime would wait for a child forever.</summary>
    [Fact]
    public async Task The_next_job_runs_in_another_process_after_the_runtimes_SIGCHLD_handler_was_removed()
    {
        await using var node = await OneWorkerAsync();
        var first = (await node.Run(Leftovers.WaitForChild)).GetValueOrThrow();
        (await node.Run(static () => Leftovers.Native("unhandled children"))).GetValueOrThrow();
        Assert.NotEqual(first, (await node.Run(Leftovers.WaitForChild)).GetValueOrThrow());
    }

    [Fact]
    public async Task The_flags_of_descriptors_and_the_name_of_the_process_are_put_back()
    {
        await using var node = await OneWorkerAsync();
        var before = (await node.Run(static () => Leftovers.NativeSettings())).GetValueOrThrow();
        Assert.Equal(before[^1], (await node.Run(static () => Leftovers.ChangeNativeSettings())).GetValueOrThrow().ToString());
        Assert.Equal(before, (await node.Run(static () => Leftovers.NativeSettings())).GetValueOrThrow());
        Assert.True(Retirements(node).Length == 0, Retirements(node));
    }

    [Fact]
    public async Task The_console_encoding_does_not_depend_on_variables_that_an_earlier_job_has_set()
    {
        await using var node = await OneWorkerAsync();
        var wide = (await node.Run(static () => Leftovers.ConsoleEncoding("en_US.UTF-16"))).GetValueOrThrow();
        Assert.Equal("utf-16", wide);
        Assert.Equal("utf-8", (await node.Run(static () => Leftovers.ConsoleEncoding(null))).GetValueOrThrow());
        Assert.True(Retirements(node).Length == 0, Retirements(node));
    }

    [Fact]
    public async Task The_line_endings_of_the_console_are_put_back()
    {
        await using var node = await OneWorkerAsync();
        var first = (await node.Run(static () => Leftovers.OtherLineEnds())).GetValueOrThrow();
        var next = await node.Run(
            static () =>
            {
                Console.WriteLine("out");
                Console.Error.WriteLine("error");
                return Environment.ProcessId;
            },
            new JobLimits { CaptureOutput = true });
        Assert.Equal((first, "out\n", "error\n"), (next.GetValueOrThrow(), next.Output!.StandardOutput, next.Output.StandardError));
    }

    [Theory]
    [InlineData("GCHeapHardLimit", 40L << 20)]
    [InlineData("GCHeapHardLimit", 100L << 30)]
    [InlineData("GCHeapHardLimitPercent", 50)]
    public async Task The_heap_limit_of_the_GC_is_put_back(string setting, long value)
    {
        await using var node = await OneWorkerAsync();
        var fresh = (await node.Run(static () => Leftovers.CollectorLimit())).GetValueOrThrow();
        Assert.Equal(fresh.Process, (await node.Run(() => Leftovers.CollectorLimit(setting, value))).GetValueOrThrow());
        Assert.Equal(fresh, (await node.Run(static () => Leftovers.CollectorLimit())).GetValueOrThrow());
        Assert.Equal(
            100 << 20,
            (await node.Run(static () => new byte[100 << 20].Length, new JobLimits { MaxHeapBytes = 256 << 20 })).GetValueOrThrow());
    }

    [AutogroupFact]
    public async Task The_next_job_runs_in_another_process_after_the_niceness_of_the_session_was_changed()
        => await RetiresAsync(Leftovers.SessionNiceness, "session's niceness");

    [Fact]
    public async Task A_time_zone_that_a_job_has_set_and_unset_does_not_affect_the_next_job()
    {
        await using var node = await OneWorkerAsync();
        var before = (await node.Run(static () => TimeZoneInfo.Local.Id)).GetValueOrThrow();
        Assert.Equal(9, (await node.Run(static () => Leftovers.TimeZoneInBetween("Asia/Tokyo"))).GetValueOrThrow());
        Assert.Equal(before, (await node.Run(static () => TimeZoneInfo.Local.Id)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_leftover_event_handler_cannot_prevent_the_next_job_from_exiting()
    {
        await using var node = await OneWorkerAsync();
        Assert.True((await node.Run(static () => Leftovers.Handler("ProcessExit"))).IsSuccess);
        var exited = Assert.IsType<JobExited>(
            (await node.Run(static () => Environment.Exit(3), new JobLimits { Timeout = TimeSpan.FromSeconds(20) })).Failure);
        Assert.Equal(3, exited.ExitCode);
    }

    [Fact]
    public async Task A_type_whose_initializer_failed_in_one_job_works_in_the_next()
    {
        await using var node = await OneWorkerAsync();
        Assert.Equal(1, (await node.Run(Leftovers.FailedInitializer)).GetValueOrThrow());
        Assert.Equal(42, (await node.Run(Leftovers.UseTypeThatFailsOnce)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_finalizer_that_throws_does_not_end_a_later_job()
    {
        await using var node = await OneWorkerAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(1, (await node.Run(Leftovers.ThrowingFinalizer)).GetValueOrThrow());
            Assert.True((await node.Run(Leftovers.Collect)).IsSuccess);
        }
    }

    [Fact]
    public async Task A_child_process_in_its_own_session_does_not_write_into_the_output_of_the_next_job()
    {
        await using var node = await OneWorkerAsync();
        using var folder = new TemporaryFolder();
        var (go, done) = (folder.File("go"), folder.File("done"));
        var child = (await node.Run(()
                => Process.Start("setsid", ["sh", "-c", $"while [ ! -e {go} ]; do sleep 0.01; done; echo intruder; touch {done}"])!.Id)
        ).GetValueOrThrow();
        var next = await node.Run(
            () =>
            {
                File.WriteAllText(go, "");
                while (!File.Exists(done) && ProcessTable.IsRunning(child))
                    Thread.Sleep(1);
            },
            new JobLimits { CaptureOutput = true });
        Assert.Equal("", next.Output!.StandardOutput);
    }

    [Fact]
    public async Task A_worker_is_kept_if_its_job_cleans_up_everything_that_it_used()
    {
        await using var node = await OneWorkerAsync();
        var first = (await Wait.For(node.Handler.RunAsync(UseMuchAsync))).GetValueOrThrow();
        for (var i = 0; i < 5; i++)
            Assert.True(first == (await Wait.For(node.Handler.RunAsync(UseMuchAsync))).GetValueOrThrow(), Retirements(node));
        Assert.Equal(first, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.True(Retirements(node).Length == 0, Retirements(node));
    }

    /// <summary>For example, by a thread-pool thread that has not yet returned from the call that used the file.</summary>
    [Fact]
    public async Task A_forgotten_file_does_not_retire_the_worker()
    {
        await using var node = await OneWorkerAsync();
        var first = (await node.Run(static () => Leftovers.ForgottenFile(4))).GetValueOrThrow();
        Assert.True(first == (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow(), Retirements(node));
        Assert.True(Retirements(node).Length == 0, Retirements(node));
    }

    [Fact]
    public async Task A_job_that_fails_keeps_its_worker()
    {
        await using var node = await OneWorkerAsync();
        var first = (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow();
        await FailAsync(node);
        var open = (await node.Run(static () => Directory.GetFiles("/proc/self/fd").Length)).GetValueOrThrow();
        for (var i = 0; i < 20; i++)
            await FailAsync(node);
        Assert.Equal(open, (await node.Run(static () => Directory.GetFiles("/proc/self/fd").Length)).GetValueOrThrow());
        Assert.True(first == (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow(), Retirements(node));
    }

    private static async Task FailAsync(TestNode node)
    {
        Assert.IsType<JobFailed>((await node.Run(static int () => throw new InvalidOperationException("on purpose"))).Failure);
        Assert.IsType<JobFailed>((await node.Run(static () => int.Parse("none", CultureInfo.InvariantCulture))).Failure);
    }

    /// <summary>The system may refuse a new thread. If it refuses the thread that handles signals, the runtime ends the process.</summary>
    [Fact]
    public async Task The_check_for_leftovers_starts_no_thread()
    {
        await using var node = await OneWorkerAsync();
        var before = (await node.Run(static () => Threads())).GetValueOrThrow();
        (await node.Run(static () => LoadAllThatHoldHandlers())).GetValueOrThrow();
        Assert.Equal(before, (await node.Run(static () => Threads())).GetValueOrThrow());
    }

    internal static string[] Threads()
        => [.. Directory.GetDirectories("/proc/self/task").Select(static thread => File.ReadAllText(thread + "/comm")).Order()];

    internal static int LoadAllThatHoldHandlers()
        => new[]
        {
            typeof(Console),
            typeof(System.Net.NetworkInformation.NetworkChange),
            typeof(ActivitySource),
            typeof(System.Diagnostics.Metrics.MeterListener),
        }.Sum(static type => type.Assembly.GetName().Name!.Length);

    [Fact]
    public async Task A_static_HTTP_client_keeps_its_worker()
    {
        using var server = new HttpListener();
        server.Prefixes.Add($"http://localhost:{FreePorts.Next()}/");
        server.Start();
        var serving = Task.Run(async () =>
        {
            while (server.IsListening)
            {
                var context = await server.GetContextAsync();
                context.Response.Close("ok"u8.ToArray(), willBlock: false);
            }
        });
        await using var node = await OneWorkerAsync();
        var address = server.Prefixes.First();
        var pids = new HashSet<int>();
        for (var i = 0; i < 5; i++)
            pids.Add(
                (
                    await Wait.For(
                        node.Handler.RunAsync(async () => await Client.GetStringAsync(address) == "ok" ? Environment.ProcessId : 0))
                ).GetValueOrThrow());
        Assert.True(Retirements(node).Length == 0, Retirements(node));
        Assert.Single(pids);
        Assert.DoesNotContain(0, pids);
        server.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
    }

    private static readonly HttpClient Client = new();

    private static async Task<int> UseMuchAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(static _ => Task.Run(static () => Thread.SpinWait(100))));
        Parallel.For(0, 100, static _ => Thread.SpinWait(10));
        using (new Timer(static _ => { }, null, 1, 1))
            await Task.Delay(3);
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            using var client = new TcpClient();
            var accepting = listener.AcceptTcpClientAsync();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            using var server = await accepting;
            await server.GetStream().WriteAsync(new byte[1]);
            _ = await client.GetStream().ReadAsync(new byte[1]);
        }

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "text");
        _ = File.OpenRead(file); // not disposed, so the GC closes it
        File.Delete(file);
        using (var process = Process.Start(new ProcessStartInfo("echo", "text") { RedirectStandardOutput = true })!)
        {
            _ = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
        }

        _ = Regex.Replace("text", "(t)", "$1$1", RegexOptions.Compiled);
        Console.WriteLine("text");
        AppDomain.CurrentDomain.ProcessExit += Nothing;
        AppDomain.CurrentDomain.ProcessExit -= Nothing;
        var thread = new Thread(static () => Thread.SpinWait(1000)) { Name = ".NET Helper" };
        thread.Start();
        thread.Join();
        return Environment.ProcessId;
    }

    private static void Nothing(object? sender, EventArgs e)
    {
    }

    /// <summary>Starts a node in which no other worker can take the next job.</summary>
    private Task<TestNode> OneWorkerAsync()
        => TestNode.StartAsync(static options => (options.MaxWorkers, options.SpareWorkers) = (1, 0), logger);

    private string Retirements(TestNode node)
    {
        node.FlushLog();
        return string.Join('\n', logger.Lines.Where(static line => line.Id is 1002 or 1006).Select(static line => line.Text));
    }

    private async Task RetiresAsync(Func<int> leave, string words)
    {
        await using var node = await OneWorkerAsync();
        var outcome = await node.Run(leave);
        Assert.Equal(1, outcome.GetValueOrThrow());
        Assert.NotEqual(outcome.Usage!.WorkerPid, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
        node.FlushLog();
        var line = Assert.Single(logger.Lines, static line => line.Level == LogLevel.Warning);
        Assert.Matches(
            $"{outcome.Usage.WorkerPid} is being replaced: [^ ]+ (left|changed|cannot be undone).*{Regex.Escape(words)}",
            line.Text);
    }
}
