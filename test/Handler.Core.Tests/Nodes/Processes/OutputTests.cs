using Handler.BadJobs;

namespace Handler.Tests.Nodes;

/// <summary>What jobs write to stdout and stderr: bounded, never in the way, and attributed to the job that wrote it.</summary>
public sealed class OutputTests : IAsyncLifetime
{
    private static readonly JobLimits Capture = new() { CaptureOutput = true, Timeout = TimeSpan.FromSeconds(25) };
    private TestNode node = null!;

    public async Task InitializeAsync() => node = await TestNode.StartAsync(options => options.MaxWorkers = 2);

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task Output_is_returned_if_it_was_requested()
    {
        var outcome = await node.Run(static () => Noise.NativeLines("hello"), Capture);
        Assert.Equal(1, outcome.GetValueOrThrow());
        Assert.Equal(new JobOutput("hello\n", "hello\n", false), outcome.Output);
    }

    [Fact]
    public async Task Output_written_right_before_the_end_of_a_job_is_never_missing()
    {
        for (var number = 0; number < 300; number++)
        {
            var outcome = await node.Run(() => Noise.NativeLines($"line {number}"), Capture);
            Assert.Equal($"line {number}\n", outcome.Output!.StandardOutput);
            Assert.Equal($"line {number}\n", outcome.Output.StandardError);
        }
    }

    [Fact]
    public async Task Each_job_receives_only_its_own_output_if_jobs_run_at_the_same_time()
    {
        var jobs = Enumerable.Range(0, 200).Select(number => node.Run(() => Noise.NativeLines($"line {number}"), Capture)).ToArray();
        for (var number = 0; number < jobs.Length; number++)
            Assert.Equal($"line {number}\n", (await jobs[number]).Output!.StandardOutput);
    }

    [Fact]
    public async Task The_output_of_a_job_does_not_appear_in_the_next_jobs_output()
    {
        await using var single = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        for (var i = 0; i < 50; i++)
        {
            Assert.True((await single.Run(static () => Noise.NativeLines("somebody else's"))).IsSuccess);
            Assert.Equal(new JobOutput("", "", false), (await single.Run(static () => 1, Capture)).Output);
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.True((await single.Run(static () => Noise.FloodStderr(200_000))).IsSuccess);
            Assert.Equal(new JobOutput("", "", false), (await single.Run(static () => 1, Capture)).Output);
        }
    }

    [Fact]
    public async Task A_completed_job_has_no_output_unless_it_was_requested()
        => Assert.Null((await node.Run(static () => Noise.NativeLines("not asked for"))).Output);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flood_of_output_is_drained_and_its_end_is_kept(bool error)
    {
        var outcome = await node.Run(() => error ? Noise.FloodStderr(20 << 20) : Noise.FloodStdout(20 << 20), Capture);
        Assert.True(outcome.GetValueOrThrow() > 200_000);
        var text = error ? outcome.Output!.StandardError : outcome.Output!.StandardOutput;
        Assert.True(outcome.Output.Truncated);
        Assert.Equal(64 << 10, text.Length);
        Assert.EndsWith("has not had enough yet.\n", text);
    }

    [Fact]
    public async Task A_flood_of_output_that_is_not_captured_is_drained_too()
    {
        Assert.True((await node.Run(static () => Noise.FloodStdout(20 << 20))).IsSuccess);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [Fact]
    public async Task An_endless_line_and_binary_output_do_not_harm_the_job()
    {
        var line = await node.Run(static () => Noise.EndlessLine(1_000_000), Capture);
        Assert.Equal(new string('x', 64 << 10), line.Output!.StandardOutput);
        var binary = await node.Run(static () => Noise.Binary(100_000), Capture);
        Assert.True(binary.IsSuccess);
        Assert.True(binary.Output!.Truncated);
        Assert.Contains('\ufffd', binary.Output.StandardOutput);
    }

    [Fact]
    public async Task A_job_that_did_not_complete_always_reports_the_end_of_its_output()
    {
        var failed = await node.Run(static () => { Noise.NativeLines("before the throw"); Exits.Throw("no"); });
        Assert.Equal((JobOutcomeKind.Failed, "before the throw\n"), (failed.Kind, failed.Output!.StandardError));
        var exited = await node.Run(static () => { Noise.NativeLines("before the exit"); NativeExits.ExitWithoutCleanup(3); });
        Assert.Equal((JobOutcomeKind.Exited, "before the exit\n"), (exited.Kind, exited.Output!.StandardOutput));
        var timedOut = await node.Run(
            static () =>
            {
                Noise.NativeLines("before the loop");
                CpuHogs.TightLoop();
            },
            new JobLimits { Timeout = TimeSpan.FromSeconds(3) });
        Assert.Equal((JobOutcomeKind.TimedOut, "before the loop\n"), (timedOut.Kind, timedOut.Output!.StandardOutput));
        var memory = await node.Run(static () => { Noise.NativeLines("before the list"); MemoryHogs.SmallArrays(); });
        Assert.Equal((JobOutcomeKind.OutOfMemory, "before the list\n"), (memory.Kind, memory.Output!.StandardOutput));
    }

    [Fact]
    public async Task The_output_of_a_crash_contains_the_runtimes_last_words()
    {
        var exited = await node.Run(static () => Exits.FailFast("bad state"));
        Assert.Equal(JobOutcomeKind.Exited, exited.Kind);
        Assert.Contains("bad state", exited.Output!.StandardError);
    }

    [Fact]
    public async Task A_child_process_that_keeps_stdout_open_does_not_delay_the_outcome()
    {
        var outcome = await node.Run(Children.LeaveChildWithStdout, Capture);
        var pid = outcome.GetValueOrThrow();
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        await Wait.Until(() => !ProcessTable.IsRunning(pid), "a child outlives the worker that was replaced for it");
    }

    [Fact]
    public async Task A_closed_console_affects_only_its_own_worker()
    {
        await using var fresh = await TestNode.StartAsync(options => options.Recycling.MaxJobs = 1);
        Assert.Equal(1, (await fresh.Run(Leftovers.ClosedConsole)).GetValueOrThrow());
        Assert.Equal("hello\n", (await fresh.Run(static () => Noise.NativeLines("hello"), Capture)).Output!.StandardOutput);
    }
}
