using Handler.BadJobs;
using static Handler.JobOutcomeKind;

namespace Handler.Tests.Platform;

/// <summary>Each job of Handler.BadJobs, with the outcome that it has under the strict options.</summary>
internal static class HostileJobs
{
    private const string ByTimeout = "Took more than 500ms";
    private const string ByHeapLimit = "(MaxHeapBytes)";
    private const string ByResidentLimit = "(MaxResidentBytes)";
    private const string ByMemory = "bytes of memory (Max";
    private const string ByDenyProcesses = "refuses such calls: DenyProcesses)";
    private const string BySockets = "refuses such calls: DenyNetwork, DenyUnixSockets)";
    private const string ByFiles = "refuses such calls: RestrictReads, RestrictWrites)";
    private const string ByProc = "refuses such calls: RestrictWrites, IsolateProcesses)";
    private const string ByWatching = "refuses such calls: DenyFileWatching)";
    private const string ByRareCalls = "Operation not permitted";
    private const string Refused = "UnauthorizedAccessException";
    private const string Secret = "/etc/shadow";

    /// <summary>The jobs that are not hostile by themselves, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Harmless { get; } = new Dictionary<string, string>
    {
        ["AmbientState.Read"] = "reads what another job has changed",
        ["Children.ReportAndHang"] = "waits, for a test that reads its file",
        ["Leftovers.ChangedSurroundings"] = "does less than AmbientState.Change, and needs a culture that may not be installed",
        ["Leftovers.NativeSettings"] = "reads what another job has changed",
        ["Leftovers.Collect"] = "collects what another job has left",
        ["Leftovers.OutliveCompiler"] = "waits for a thread of the runtime to end",
        ["Results.Function"] = "is refused before it starts",
        ["Results.OpenStream"] = "is refused before it starts",
        ["Signs.Leave"] = "writes a file for a test",
        ["Signs.Await"] = "waits for a file of a test",
        ["Signs.LeaveAndAwait"] = "both",
        ["FileIntruders.UseOwnFiles"] = "is usual code; StrictTests runs it",
        ["Intruders.Network"] = "tells what a network namespace has; StrictTests opens the sockets",
        ["WithinLimits.SmallGarbage"] = "stays within its limits",
        ["WithinLimits.MediumGarbage"] = "stays within its limits",
        ["WithinLimits.LargeGarbage"] = "stays within its limits",
        ["WithinLimits.MixedRing"] = "stays within its limits",
        ["WithinLimits.HoldHalf"] = "stays within its limits",
        ["WithinLimits.Hold90Percent"] = "stays within its limits",
        ["WithinLimits.Hold97Percent"] = "stays within its limits",
        ["WithinLimits.Sawtooth"] = "stays within its limits",
        ["WithinLimits.MixedSawtooth"] = "stays within its limits",
        ["WithinLimits.Strings"] = "stays within its limits",
        ["WithinLimits.Json"] = "stays within its limits",
    };

    public static IReadOnlyList<HostileJob> All { get; } =
    [
        .. Endless, .. ThatExit, .. ThatHoldMemory, .. ThatStartProcesses, .. WithFiles,
        .. ThatIntrude(Environment.ProcessId, typeof(HostileJobs).Assembly.Location),
        .. WithResults, .. WithOutput, .. ThatLeaveSomething,
    ];

    private static HostileJob[] Endless =>
    [
        HostileJob.Of(static () => CpuHogs.TightLoop(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.ArithmeticLoop(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.Sleep(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.NativeSleep(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.NativeSleepThatBlocksCollection(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.Deadlock(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.AwaitForever(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.GcStorm(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.AllocationStorm(), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.SwallowEverything(), TimedOut, ByTimeout),
        HostileJob.Of(static token => CpuHogs.IgnoreCancellationAsync(token), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.ManySpinningThreads(8), TimedOut, ByTimeout),
        HostileJob.Of(static () => CpuHogs.StarveThreadPool(), TimedOut, ByTimeout),
        HostileJob.Of(static () => NativeExits.Stop(), TimedOut, ByTimeout),
        HostileJob.Of(static () => BadJobs.Exits.ThrowEndlessException(), TimedOut, ByTimeout),
        HostileJob.Of(static () => BadJobs.Exits.ThrowInForgottenTask(), Completed, "1"),
    ];

    private static HostileJob[] ThatExit =>
    [
        HostileJob.Of(static () => BadJobs.Exits.Exit(3), Exited, "code 3"),
        HostileJob.Of(static () => BadJobs.Exits.ExitFromAnotherThread(4), Exited, "code 4"),
        HostileJob.Of(static () => BadJobs.Exits.FailFast("bad state"), Exited, "fail fast: bad state"),
        HostileJob.Of(static () => BadJobs.Exits.StackOverflow(), Exited, "stack overflow"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowOnAnotherThread("no code catches this"), Exited, "no code catches this"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowFromAsyncVoid("nor this"), Exited, "nor this"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowFromTimer("nor that"), Exited, "nor that"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowFromFinalizer(), Exited, "finalizer") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => BadJobs.Exits.Throw("made up"), Failed, "ArgumentException: made up"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowAsync("made up"), Failed, "ArgumentException: made up"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowOwnException(), Failed, "OwnException: outer"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowUnreadableException(), Failed, "its Message threw"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowHugeException(1 << 20), Failed, "xxx"),
        HostileJob.Of(static () => BadJobs.Exits.ThrowOutOfMemory(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => BadJobs.Exits.ThrowCanceled(), Failed, "OperationCanceledException: made up"),
        HostileJob.Of(static () => BadJobs.Exits.ManagedNullWrite(), Failed, "NullReferenceException"),
        HostileJob.Of(static () => NativeExits.Exit(5), Exited, "code 5"),
        HostileJob.Of(static () => NativeExits.ExitWithoutCleanup(6), Exited, "code 6"),
        HostileJob.Of(static () => NativeExits.Abort(), Exited, "SIGABRT"),
        HostileJob.Of(static () => NativeExits.NullWrite(), Exited, "SIGSEGV"),
        HostileJob.Of(static () => NativeExits.WildWrite(), Exited, "SIG"),
        HostileJob.Of(static () => NativeExits.CorruptHeap(), Exited, "(SIG"),
        HostileJob.Of(static () => NativeExits.FailAssertion(), Exited, "Assertion `x > 0' failed"),
        HostileJob.Of(static () => NativeExits.ArithmeticFault(), Exited, "SIGFPE"),
        HostileJob.Of(static () => NativeExits.CallOfOtherArchitecture(), Exited, "SIG"), // SIGSEGV if the kernel has no such calls
        HostileJob.Of(static () => NativeExits.Kill(), Exited, "SIGKILL): killed from outside"),
        HostileJob.Of(static () => NativeExits.KillGroup(), Exited, "SIGKILL): killed from outside"),
        HostileJob.Of(static () => NativeExits.CloseAllDescriptors(), Exited, "Process exited with"),
    ];

    private static HostileJob[] ThatHoldMemory =>
    [
        HostileJob.Of(static () => MemoryHogs.LinkedNodes(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.SmallArrays(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.LargeArrays(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.OneArrayBeyond(32 << 20), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.OneArrayBeyondForAnInstant(64 << 20), OutOfMemory, ByMemory),
        HostileJob.Of(static () => MemoryHogs.Entries(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.Stream(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.Text(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.DoublingString(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.SwallowOutOfMemory(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.RecoverFromOutOfMemory(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.SeveralThreads(4), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.SeveralTasks(4), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.Pinned(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.RentedArrays(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.Resurrected(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => MemoryHogs.StaticMemory(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => NativeMemoryHogs.LargeBlocks(), OutOfMemory, ByResidentLimit),
        HostileJob.Of(static () => NativeMemoryHogs.LargeBlocksWithoutGuard(), Failed, "no matching element"), // threads have no names here
        HostileJob.Of(static () => NativeMemoryHogs.SmallBlocks(), OutOfMemory, ByResidentLimit),
        HostileJob.Of(static () => NativeMemoryHogs.Mappings(), OutOfMemory, ByResidentLimit),
        HostileJob.Of(static () => NativeMemoryHogs.ThreadStacks(), OutOfMemory, ByMemory),
        HostileJob.Of(static () => NativeMemoryHogs.IdleThreads(), OutOfMemory, ByMemory),
        HostileJob.Of(static () => NativeMemoryHogs.SocketBuffers(), Failed, BySockets),
        HostileJob.Of(static () => NativeMemoryHogs.UnixSocketBuffers("/tmp/hog"), Failed, BySockets),
        HostileJob.Of(static () => NativeMemoryHogs.PipeBuffers(), Failed, "MaxOpenFiles"),
        HostileJob.Of(static () => MappedFiles.FillShared(256), Exited, "Hardening.MaxFileBytes"),
        HostileJob.Of(static () => MappedFiles.FillMemoryFile(256), Exited, "Hardening.MaxFileBytes"),
        HostileJob.Of(static () => MappedFiles.HoldSecretMemory(4), Completed, "-1"),
        HostileJob.Of(static () => Intruders.StartThreads(100_000), OutOfMemory, ByMemory),
    ];

    private static HostileJob[] ThatStartProcesses =>
    [
        HostileJob.Of(static () => Children.LeaveChild(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveChildWithStdout(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveChildInOwnSession(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveChildInOwnGroup(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveFamily(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveOrphan(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.LeaveManyChildren(100), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithChild(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithRelay(true), TimedOut, ByTimeout), // it cannot fork, and sleeps
        HostileJob.Of(static () => Children.HangWithFamily(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithHogs(4, 64), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.ShareMemory(4, 8), Completed, ""), // it cannot fork
        HostileJob.Of(static () => Children.HangWithHogInOwnSession(64), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithSpinningChildren(4), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithChildren(50), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithOrphanedHog(64), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.HangWithStrangers(50, "started"), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.WaitForChild(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.WaitForQuickHog(256), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.WaitForBusyChild(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.WaitForFrugalChild(60), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Children.RunChildren(10), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Leftovers.WaitForChild(), Failed, ByDenyProcesses),
        HostileJob.Of(static () => Intruders.Fork(1000), Completed, "0"),
    ];

    private static HostileJob[] WithFiles =>
    [
        HostileJob.Of(static () => MappedFiles.ReadAll(Secret, 1), Failed, ByFiles),
        HostileJob.Of(static () => MappedFiles.Write("/var/tmp/hostile", 1 << 20), Failed, ByFiles),
        HostileJob.Of(static () => MappedFiles.FillUnlinked("/dev/shm", 256), Failed, ByFiles),
        HostileJob.Of(static () => MappedFiles.AddToKeptFile("/dev/shm", 256), Failed, ByFiles),
        HostileJob.Of(
            static () => MappedFiles.Write(Path.Combine(Path.GetTempPath(), "large"), 9 << 20), Exited, "Hardening.MaxFileBytes"),
        HostileJob.Of(
            static () => MappedFiles.Write(Path.Combine(Path.GetTempPath(), "larger"), 3 << 20), LimitExceeded, "(MaxFileBytes)")
            with { Limits = new JobOptions { MaxFileBytes = 2 << 20, PoolTimeout = TimeSpan.FromMinutes(1) } },
        HostileJob.Of(static () => Intruders.FillTemporaryFolder(), TimedOut, ByTimeout),
        HostileJob.Of(static () => Leftovers.OpenFiles(1000), Failed, "MaxOpenFiles"),
        HostileJob.Of(static () => Leftovers.OpenNullFiles(), Failed, "MaxOpenFiles"),
        HostileJob.Of(static () => Leftovers.FileWatcher(), Failed, ByWatching),
        HostileJob.Of(static () => Intruders.Read(Secret), Completed, Refused),
        HostileJob.Of(static () => Intruders.Write("/tmp/hostile"), Completed, Refused),
        HostileJob.Of(static () => Intruders.ChangeFiles("/etc/hostname", "/tmp"), Completed, "[]"),
        HostileJob.Of(static () => File.ReadAllText(Secret), Failed, ByFiles),
    ];

    private static HostileJob[] WithResults =>
    [
        HostileJob.Of(static () => Results.HugeBytes(64 << 20), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => Results.VariedBytes(24 << 20), Failed, "MaxPayloadBytes"),
        HostileJob.Of(static () => Results.HugeString(12 << 20), Failed, "MaxPayloadBytes"),
        HostileJob.Of(static () => Results.Cycle(), Failed, "Link"),
        HostileJob.Of(static () => Results.Chain(100_000), Failed, "Link"),
        HostileJob.Of(static () => Results.ThrowingProperty(), Failed, "no value"),
        HostileJob.Of(static () => Results.SpinningProperty(), TimedOut, ByTimeout),
        HostileJob.Of(static () => Results.EndlessSequence(), OutOfMemory, ByHeapLimit),
        HostileJob.Of(static () => Results.ThrowingSequence(), Failed, "in the middle"),
        HostileJob.Of(static () => Results.TenThousandIntegers(), Completed, ""),
        HostileJob.Of(static () => Results.Null(), Completed, ""),
    ];

    private static HostileJob[] WithOutput =>
    [
        HostileJob.Of(static () => Noise.FloodForever(), TimedOut, ByTimeout),
        HostileJob.Of(static () => Noise.FloodStdout(4 << 20), Completed, ""),
        HostileJob.Of(static () => Noise.FloodStderr(4 << 20), Completed, ""),
        HostileJob.Of(static () => Noise.EndlessLine(1 << 20), Completed, ""),
        HostileJob.Of(static () => Noise.Binary(1 << 20), Completed, ""),
        HostileJob.Of(static () => Noise.NativeLines("line"), Completed, "1"),
        HostileJob.Of(static () => Noise.GarbageToEveryDescriptor(), Exited, "responses could not be read"),
        HostileJob.Of(static () => Noise.ZerosToEveryDescriptor(), Exited, "responses could not be read"),
        HostileJob.Of(static () => Noise.ReadStdin(), Completed, "end of input"),
    ];

    /// <summary>These return immediately. Their workers do not run another job if something is left.</summary>
    private static HostileJob[] ThatLeaveSomething =>
    [
        HostileJob.Of(static () => AmbientState.Change(), Failed, "Unable to set thread priority"),
        HostileJob.Of(static () => Leftovers.KeepToken(default), Completed, "1"),
        HostileJob.Of(static () => Leftovers.SleepingThread(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.ForegroundThread(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.SpinningThread(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.AllocatingThread(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.ThrowingThread(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.TickingTimer(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.SpinningTask(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.DelayLoop(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.LongRunningTask(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.QueuedTasks(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.StaticMemory(16), Completed, "1"),
        HostileJob.Of(static () => Leftovers.ListeningSocket(), Failed, BySockets),
        HostileJob.Of(static () => Leftovers.OpenFile(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.StuckFinalizer(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.EndlessFinalizer(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.ThrowingFinalizer(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.StuckProcessExit(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.ClosedConsole(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.ShrunkThreadPool(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.DisguisedThread(".NET Handler"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.RegisteredWait(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Handler("ProcessExit"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Handler("UnhandledException"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Handler("AssemblyResolve"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Handler("PosixSignal"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Handler("EventListener"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.FailedInitializer(), Completed, "1"),
        HostileJob.Of(static () => Leftovers.UseTypeThatFailsOnce(), Completed, "42") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.ForgottenFile(1), Completed, ""),
        HostileJob.Of(static () => Leftovers.Native("umask"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("niceness"), Failed, ByRareCalls),
        HostileJob.Of(static () => Leftovers.Native("resource limit"), Failed, ByRareCalls),
        HostileJob.Of(static () => Leftovers.Native("signal mask"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("ignored children"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("alarm"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("affinity"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("handler of SIGSEGV"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.Native("lifeline"), Completed, "1"),
        HostileJob.Of(static () => Leftovers.ChangeNativeSettings(), Failed, ByProc),
        HostileJob.Of(static () => Leftovers.ConsoleEncoding("C"), Completed, ""),
        HostileJob.Of(static () => Leftovers.CollectorLimit("GCHeapHardLimit", 1L << 40), Completed, "") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.LimitOfPart(), Completed, "1") with { NeedsFreshWorker = true },
        HostileJob.Of(static () => Leftovers.OtherLineEnds(), Completed, ""),
        HostileJob.Of(static () => Leftovers.SessionNiceness(), Failed, ByProc),
        HostileJob.Of(static () => Leftovers.TimeZoneInBetween("Asia/Tokyo"), Completed, "9"),
    ];

    /// <param name="host">The host's process.</param>
    /// <param name="code">An assembly of the application.</param>
    private static HostileJob[] ThatIntrude(int host, string code) =>
    [
        HostileJob.Of(() => Intruders.Reach(host), Completed, "[]"),
        HostileJob.Of(() => Intruders.SignalByPipe(host), Completed, ""),
        HostileJob.Of(() => System.Diagnostics.Process.GetProcessById(host).Kill(), Failed, "IsolateProcesses"),
        HostileJob.Of(() => File.ReadAllText($"/proc/{host}/environ"), Failed, ByProc),
        HostileJob.Of(() => File.ReadAllText($"/proc/{host}/maps"), Failed, ByProc),
        HostileJob.Of(() => File.OpenRead($"/proc/{host}/mem").ReadByte(), Failed, ByProc),
        HostileJob.Of(static () => Intruders.OpenSockets(), Completed, "[]"),
        HostileJob.Of(static () => Intruders.RareCalls(), Completed, "[]"),
        HostileJob.Of(() => FileIntruders.ChangeAttributes(code), Completed, "[]"),
        HostileJob.Of(static () => FileIntruders.Watch("/tmp"), Completed, "[]"),
        HostileJob.Of(() => File.SetLastWriteTimeUtc(code, DateTime.UnixEpoch), Failed, "refuses such calls: DenyFileAttributes)"),
        HostileJob.Of(() => new FileInfo(code).IsReadOnly = true, Failed, "refuses such calls: DenyFileAttributes)"),
        HostileJob.Of(static () => new FileSystemWatcher("/tmp").EnableRaisingEvents = true, Failed, ByWatching),
        HostileJob.Of(static () => FileIntruders.ReserveSpace(64 << 20), Completed, "0"),
        HostileJob.Of(static () => SystemVIntruders.Use(0, 0, 0, "handler"), Completed, "[]"),
    ];
}
