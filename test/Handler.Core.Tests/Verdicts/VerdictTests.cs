using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

/// <summary>Jobs that end their process, each in its own way, and what their outcome says about it.</summary>
public sealed class VerdictTests : IAsyncLifetime
{
    private static readonly JobLimits Limits = new() { Timeout = TimeSpan.FromSeconds(20) };
    private TestNode node = null!;

    public static readonly TheoryData<string, int?, int?, string?> Exits =
        new()
        {
            { "exit 0", 0, null, null },
            { "exit 3", 3, null, null },
            { "exit 77", 77, null, null },
            { "exit 137", 137, null, null },
            { "exit on another thread", 4, null, null },
            { "native exit", 5, null, null },
            { "native exit without cleanup", 6, null, null },
            { "fail fast", null, 6, "fail fast: bad state" },
            { "stack overflow", null, 6, "stack overflow" },
            { "throw on another thread", null, 6, "unhandled exception System.InvalidOperationException: no code catches this" },
            { "throw from async void", null, 6, "unhandled exception System.InvalidOperationException: no code catches this" },
            { "throw from a timer", null, 6, "unhandled exception System.InvalidOperationException: no code catches this" },
            { "throw from a finalizer", null, 6, "unhandled exception System.InvalidOperationException: finalizer" },
            { "abort", null, 6, null },
            { "fail fast without a message", null, 6, "fail fast" },
            { "wild write", null, 6, "access violation" },
            { "failed assertion", null, 6, "Assertion `x > 0' failed." },
            { "native null write", null, 11, null },
            { "arithmetic fault", null, 8, null },
            { "kills itself", null, 9, "killed from outside" },
            { "kills its group", null, 9, "killed from outside" },
        };

    [Fact]
    public async Task A_job_that_reaches_its_own_CPU_limit_exits_and_the_reason_names_the_limit()
    {
        await using var node = await TestNode.StartAsync(static options => options.MaxWorkers = 1);
        var outcome = await node.Run(static () =>
        {
            System
                .Diagnostics.Process.Start(
                    "prlimit",
                    ["--pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "--cpu=1:1000"]
                )!
                .WaitForExit();
            CpuHogs.TightLoop();
        });
        var exited = Assert.IsType<JobExited>(outcome.Failure);
        Assert.Equal(24, exited.Signal);
        Assert.Contains("RLIMIT_CPU", exited.Reason);
    }

    private static Dictionary<string, Action> ExitingJobs => new()
    {
        ["exit 0"] = static () => BadJobs.Exits.Exit(0),
        ["exit 3"] = static () => BadJobs.Exits.Exit(3),
        ["exit 77"] = static () => BadJobs.Exits.Exit(77),
        ["exit 137"] = static () => BadJobs.Exits.Exit(137),
        ["exit on another thread"] = static () => BadJobs.Exits.ExitFromAnotherThread(4),
        ["native exit"] = static () => NativeExits.Exit(5),
        ["native exit without cleanup"] = static () => NativeExits.ExitWithoutCleanup(6),
        ["fail fast"] = static () => BadJobs.Exits.FailFast("bad state"),
        ["stack overflow"] = static () => BadJobs.Exits.StackOverflow(),
        ["throw on another thread"] = static () => BadJobs.Exits.ThrowOnAnotherThread("no code catches this"),
        ["throw from async void"] = static () => BadJobs.Exits.ThrowFromAsyncVoid("no code catches this"),
        ["throw from a timer"] = static () => BadJobs.Exits.ThrowFromTimer("no code catches this"),
        ["throw from a finalizer"] = static () => BadJobs.Exits.ThrowFromFinalizer(),
        ["abort"] = static () => NativeExits.Abort(),
        ["fail fast without a message"] = static () => BadJobs.Exits.FailFast(null!),
        ["wild write"] = static () => NativeExits.WildWrite(),
        ["failed assertion"] = static () => NativeExits.FailAssertion(),
        ["native null write"] = static () => NativeExits.NullWrite(),
        ["arithmetic fault"] = static () => NativeExits.ArithmeticFault(),
        ["kills itself"] = static () => NativeExits.Kill(),
        ["kills its group"] = static () => NativeExits.KillGroup(),
    };

    public async Task InitializeAsync() => node = await TestNode.StartAsync();

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Theory]
    [MemberData(nameof(Exits))]
    public async Task An_exit_is_reported_with_its_code_signal_and_reason(string kind, int? code, int? signal, string? reason)
    {
        var outcome = await node.Run(ExitingJobs[kind], Limits);
        var exited = Assert.IsType<JobExited>(outcome.Failure);
        Assert.Equal((code, signal), (exited.ExitCode, exited.Signal));
        if (reason is null)
            Assert.Null(exited.Reason);
        else
            Assert.StartsWith(reason, exited.Reason);
        Assert.NotNull(outcome.Usage);
        Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(15)]
    public async Task A_worker_ignores_stop_signals_and_its_job_continues(int signal)
    {
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        using var folder = new TemporaryFolder();
        var (path, go) = (folder.File("pid"), folder.File("go"));
        var job = node.Run(
            () =>
            {
                Write(path, Environment.ProcessId.ToString());
                while (!File.Exists(go))
                    Thread.Sleep(1);
                return Environment.ProcessId;
            },
            Limits);
        await folder.WaitFor("pid");
        var pid = int.Parse(File.ReadAllText(path));
        TestNode.Kill(pid, signal);
        await File.WriteAllTextAsync(go, "");
        Assert.Equal(pid, (await job).GetValueOrThrow());
        TestNode.Kill(pid, signal); // while it is idle
        Assert.Equal(pid, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_corrupt_heap_is_reported_as_an_exit_by_signal()
    {
        var outcome = await node.Run(static () => NativeExits.CorruptHeap(), Limits);
        Assert.True(outcome.Failure is JobExited { Signal: 6 or 11 }, outcome.Message);
    }

    [Fact]
    public async Task A_null_write_in_managed_code_is_an_exception_and_the_worker_lives()
    {
        // No other worker can take the next job.
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        var before = await node.Run(static () => Environment.ProcessId);
        var outcome = await node.Run(static () => BadJobs.Exits.ManagedNullWrite(), Limits);
        var failed = Assert.IsType<JobFailed>(outcome.Failure);
        Assert.Equal(typeof(NullReferenceException).FullName, failed.ExceptionType);
        Assert.Equal(before.GetValueOrThrow(), outcome.Usage!.WorkerPid);
    }

    [Fact]
    public async Task A_worker_killed_from_outside_is_reported_with_signal_9_and_not_as_out_of_memory()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pid");
        var job = node.Run(() => { Write(path, Environment.ProcessId.ToString()); CpuHogs.NativeSleep(); }, Limits);
        await folder.WaitFor("pid");
        TestNode.Kill(int.Parse(File.ReadAllText(path)));
        var exited = Assert.IsType<JobExited>((await job).Failure);
        Assert.Equal(9, exited.Signal);
        Assert.Contains("outside", exited.Reason);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(14)]
    public async Task Other_signals_from_outside_are_reported_unchanged(int signal)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pid");
        var job = node.Run(() => { Write(path, Environment.ProcessId.ToString()); CpuHogs.NativeSleep(); }, Limits);
        await folder.WaitFor("pid");
        TestNode.Kill(int.Parse(File.ReadAllText(path)), signal);
        var exited = Assert.IsType<JobExited>((await job).Failure);
        Assert.True(exited.Signal == signal || exited.ExitCode == 128 + signal, exited.Message);
    }

    [Fact]
    public async Task A_job_that_closes_all_descriptors_ends_only_its_worker()
    {
        for (var i = 0; i < 10; i++)
        {
            var outcome = await node.Run(NativeExits.CloseAllDescriptors, Limits);
            Assert.True(IsEndOfOneWithoutDescriptors(outcome), outcome.Message);
            Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
        }
    }

    /// <summary>
    /// The function returns, and its value is in the shared page, unless a descriptor is missed first. If the runtime misses one, it
    /// aborts, crashes or throws an <see cref="OutOfMemoryException"/>, because it maps the memory of its code through a
    /// descriptor. The guard's thread, which writes the responses of earlier jobs, may miss one, too.
    /// </summary>
    internal static bool IsEndOfOneWithoutDescriptors(JobOutcome<int> outcome)
        => (outcome.TryGetValue(out var value) && value == 5)
            || outcome.Failure is JobExited { Signal: 6 or 11 } or JobOutOfMemory { Source: MemoryLimitSource.AllocationFailure }
            || outcome.Message.Contains("closes descriptors");

    [Fact]
    public async Task A_job_that_closes_the_channel_that_its_result_needs_exits_with_that_reason()
    {
        var outcome = await node.Run(
            static () =>
            {
                new Microsoft.Win32.SafeHandles.SafeFileHandle(4, ownsHandle: true).Dispose();
                return new byte[200_000]; // more than fits into the shared page
            },
            Limits);
        Assert.Contains("closes descriptors", Assert.IsType<JobExited>(outcome.Failure).Reason);
    }

    [Fact]
    public async Task A_job_that_closes_the_channel_and_keeps_running_is_killed_with_that_reason()
    {
        var outcome = await node.Run(
            static () =>
            {
                new Microsoft.Win32.SafeHandles.SafeFileHandle(4, ownsHandle: true).Dispose();
                CpuHogs.TightLoop();
            },
            Limits);
        var exited = Assert.IsType<JobExited>(outcome.Failure);
        Assert.Equal(9, exited.Signal);
        Assert.Contains("closes descriptors", exited.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_writes_to_all_descriptors_does_not_harm_the_next_job(bool zeros)
    {
        for (var i = 0; i < 5; i++)
        {
            var outcome = await node.Run(zeros ? (Func<int>)Noise.ZerosToEveryDescriptor : Noise.GarbageToEveryDescriptor, Limits);
            var exited = Assert.IsType<JobExited>(outcome.Failure);
            Assert.Equal(9, exited.Signal);
            Assert.Contains("responses could not be read", exited.Reason);
            Assert.Equal(2, (await node.Run(static () => 1 + 1)).GetValueOrThrow());
        }
    }

    [Fact]
    public async Task An_exception_is_reported_with_its_type_message_and_text()
    {
        var failed = Assert.IsType<JobFailed>((await node.Run(BadJobs.Exits.ThrowOwnException, Limits)).Failure);
        Assert.Equal(typeof(OwnException).FullName, failed.ExceptionType);
        Assert.Equal("outer", failed.ExceptionMessage);
        Assert.Contains(nameof(FormatException), failed.ExceptionText);
        Assert.Contains(nameof(BadJobs.Exits.ThrowOwnException), failed.ExceptionText);
    }

    [Fact]
    public async Task An_exception_of_an_asynchronous_function_is_reported_without_a_wrapper()
    {
        var failed = Assert.IsType<JobFailed>(
            (await Wait.For(node.Handler.RunAsync(static () => BadJobs.Exits.ThrowAsync("later"), Limits))).Failure);
        Assert.Equal((typeof(ArgumentException).FullName, "later"), (failed.ExceptionType, failed.ExceptionMessage));
    }

    [Fact]
    public async Task An_exception_that_cannot_be_read_is_still_a_failure()
        => Assert.Contains(
            "Unreadable",
            Assert.IsType<JobFailed>((await node.Run(BadJobs.Exits.ThrowUnreadableException, Limits)).Failure).ExceptionType);

    [Fact]
    public async Task A_huge_exception_message_is_truncated()
    {
        var failed = Assert.IsType<JobFailed>((await node.Run(static () => BadJobs.Exits.ThrowHugeException(1_000_000), Limits)).Failure);
        Assert.InRange(failed.ExceptionMessage.Length, 4000, 5000);
    }

    [Fact]
    public async Task A_cancellation_that_was_not_requested_is_a_failure()
        => Assert.Equal(
            typeof(OperationCanceledException).FullName,
            Assert.IsType<JobFailed>((await node.Run(BadJobs.Exits.ThrowCanceled, Limits)).Failure).ExceptionType);

    [Fact]
    public async Task A_forgotten_task_that_fails_does_not_change_the_outcome()
        => Assert.Equal(1, (await node.Run(BadJobs.Exits.ThrowInForgottenTask, Limits)).GetValueOrThrow());

    private static void Write(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path);
    }
}
