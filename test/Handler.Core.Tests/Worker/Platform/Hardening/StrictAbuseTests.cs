using Handler.BadJobs;

namespace Handler.Tests.Platform;

/// <summary>
/// Hostile jobs under the strict options: each has the outcome that names what stopped it, and the handler runs the next job.
/// </summary>
public sealed class StrictAbuseTests(StrictNode strict) : IClassFixture<StrictNode>
{
    private static readonly JobLimits Limits = new()
    {
        Timeout = TimeSpan.FromSeconds(20),
        MaxHeapBytes = 32 << 20,
        MaxResidentBytes = 128 << 20,
    };

    private static readonly JobLimits Short = Limits with { Timeout = TimeSpan.FromMilliseconds(500) };

    public static readonly TheoryData<string, JobOutcomeKind, string> Outcomes = new()
    {
        { "tight loop", JobOutcomeKind.TimedOut, "" },
        { "sleep", JobOutcomeKind.TimedOut, "" },
        { "native sleep", JobOutcomeKind.TimedOut, "" },
        { "deadlock", JobOutcomeKind.TimedOut, "" },
        { "collections", JobOutcomeKind.TimedOut, "" },
        { "swallowed exceptions", JobOutcomeKind.TimedOut, "" },
        { "spinning threads", JobOutcomeKind.TimedOut, "" },
        { "starved thread pool", JobOutcomeKind.TimedOut, "" },
        { "endless output", JobOutcomeKind.TimedOut, "" },
        { "relay of processes", JobOutcomeKind.TimedOut, "" }, // it cannot fork, and sleeps
        { "exit", JobOutcomeKind.Exited, "3" },
        { "fail fast", JobOutcomeKind.Exited, "fail fast: bad state" },
        { "stack overflow", JobOutcomeKind.Exited, "stack overflow" },
        { "exception on another thread", JobOutcomeKind.Exited, "no code catches this" },
        { "null write", JobOutcomeKind.Exited, "" },
        { "abort", JobOutcomeKind.Exited, "" },
        { "kills itself", JobOutcomeKind.Exited, "killed from outside" },
        { "kills its group", JobOutcomeKind.Exited, "killed from outside" },
        { "native memory", JobOutcomeKind.OutOfMemory, "" },
        { "thread stacks", JobOutcomeKind.OutOfMemory, "" },
        { "shell", JobOutcomeKind.Failed, "Win32Exception" },
        { "child", JobOutcomeKind.Failed, "Win32Exception" },
        { "child in its own session", JobOutcomeKind.Failed, "Win32Exception" },
        { "hogs", JobOutcomeKind.Failed, "Win32Exception" },
        { "sockets", JobOutcomeKind.Failed, "SocketException" },
        { "exception", JobOutcomeKind.Failed, "made up" },
    };

    private static Dictionary<string, Action> Jobs => new()
    {
        ["tight loop"] = static () => CpuHogs.TightLoop(),
        ["sleep"] = static () => CpuHogs.Sleep(),
        ["native sleep"] = static () => CpuHogs.NativeSleep(),
        ["deadlock"] = static () => CpuHogs.Deadlock(),
        ["collections"] = static () => CpuHogs.GcStorm(),
        ["swallowed exceptions"] = static () => CpuHogs.SwallowEverything(),
        ["spinning threads"] = static () => CpuHogs.ManySpinningThreads(8),
        ["starved thread pool"] = static () => CpuHogs.StarveThreadPool(),
        ["endless output"] = static () => Noise.FloodForever(),
        ["relay of processes"] = static () => Children.HangWithRelay(ownGroups: true),
        ["exit"] = static () => BadJobs.Exits.Exit(3),
        ["fail fast"] = static () => BadJobs.Exits.FailFast("bad state"),
        ["stack overflow"] = static () => BadJobs.Exits.StackOverflow(),
        ["exception on another thread"] = static () => BadJobs.Exits.ThrowOnAnotherThread("no code catches this"),
        ["null write"] = static () => NativeExits.NullWrite(),
        ["abort"] = static () => NativeExits.Abort(),
        ["kills itself"] = static () => NativeExits.Kill(),
        ["kills its group"] = static () => NativeExits.KillGroup(),
        ["native memory"] = static () => NativeMemoryHogs.LargeBlocks(),
        ["thread stacks"] = static () => NativeMemoryHogs.ThreadStacks(),
        ["shell"] = static () => Children.LeaveFamily(),
        ["child"] = static () => Children.HangWithChild(),
        ["child in its own session"] = static () => Children.LeaveChildInOwnSession(),
        ["hogs"] = static () => Children.HangWithHogs(4, 64),
        ["sockets"] = static () => NativeMemoryHogs.SocketBuffers(),
        ["exception"] = static () => BadJobs.Exits.Throw("made up"),
    };

    [LandlockTheory]
    [MemberData(nameof(Outcomes))]
    public async Task A_hostile_job_has_the_outcome_that_names_what_stopped_it(string name, JobOutcomeKind kind, string text)
    {
        var limits = kind == JobOutcomeKind.TimedOut ? Short : Limits;
        var outcome = await strict.Node.Run(Jobs[name], limits);
        Assert.Equal(kind, outcome.Kind);
        Assert.Contains(text, outcome.Failure!.ToString());
        Assert.Equal(2, (await strict.Node.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    /// <summary>In a worker that has run a job before, the finalizer could belong to that one, and the outcome would say so.</summary>
    [LandlockFact]
    public async Task An_exception_in_a_finalizer_ends_the_first_job_of_a_worker_with_its_text()
    {
        await using var node = await TestNode.StartAsync(static options => options.Hardening.UseStrict());
        var outcome = await node.Run(static () => BadJobs.Exits.ThrowFromFinalizer(), Limits);
        Assert.Contains("finalizer", Assert.IsType<JobExited>(outcome.Failure).ToString());
    }

    [LandlockFact]
    public async Task A_job_reaches_no_other_worker_of_its_node()
    {
        var pids = strict.Node.Workers();
        Assert.True(pids.Count > 1);
        Assert.Empty((await strict.Node.Run(() => ReachOthers(pids), Limits)).GetValueOrThrow());
    }

    /// <summary>By default, a job can send signals to other workers, but gets nothing of their jobs and forges nothing.</summary>
    [Fact]
    public async Task A_job_of_a_default_worker_reads_and_writes_no_channel_or_memory_of_another_worker()
    {
        await using var node = await TestNode.StartAsync(static options => options.MaxWorkers = 2);
        await Wait.Until(() => node.Workers().Count > 1, "a second worker");
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        await Wait.Until(() => node.Workers().TrueForAll(IsReady), "all workers to be ready");
        var pids = node.Workers();
        string[] refused =
        [
            "trace", "read memory", "descriptor by descriptor", "shared page", "requests", "responses", "descriptors", "its files",
            "mem", "environ", "maps", "auxv", "pagemap", "syscall", "stack", "io", "map_files",
        ];
        Assert.Empty((await node.Run(() => ReachOthers(pids), Limits)).GetValueOrThrow().Intersect(refused));
    }

    private static string[] ReachOthers(List<int> pids)
        => [.. pids.Where(static pid => pid != Environment.ProcessId).SelectMany(static pid => Intruders.Reach(pid))];

    /// <summary>A worker that has closed itself belongs to root in <c>/proc</c>, or cannot be dumped.</summary>
    private static bool IsReady(int pid)
        => File.ReadAllText($"/proc/{pid}/limits").Split('\n').Any(static line =>
            line.StartsWith("Max open files", StringComparison.Ordinal) && line.Contains(" 1024 ", StringComparison.Ordinal));
}
