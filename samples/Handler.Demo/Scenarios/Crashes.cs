using Handler.BadJobs;

namespace Handler.Demo.Scenarios;

/// <summary>Functions that never return: they hang, or end their process.</summary>
internal static class Crashes
{
    private const string LastWords = "these are the last words";

    public static IEnumerable<Scenario> All() =>
        [
            Scenario.Of(
                "a busy loop",
                Limits.Timeout(0.5),
                (handler, limits) => handler.RunAsync(() => CpuHogs.TightLoop(), limits),
                outcome => outcome.Failure is JobTimedOut),
            Scenario.Of(
                "a sleep in native code",
                Limits.Timeout(0.5),
                (handler, limits) => handler.RunAsync(() => CpuHogs.NativeSleep(), limits),
                outcome => outcome.Failure is JobTimedOut),
            Scenario.Of(
                "exit code 3",
                Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Exits.Exit(3), limits),
                outcome => outcome.Failure is JobExited { ExitCode: 3, Signal: null }),
            Scenario.Of(
                "a crash: write through a null pointer",
                Limits.Usual,
                (handler, limits) => handler.RunAsync(() => NativeExits.NullWrite(), limits),
                outcome => outcome.Failure is JobExited { ExitCode: null, Signal: Signals.SegmentationFault }),
            Scenario.Of(
                "Environment.FailFast",
                Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Exits.FailFast(LastWords), limits),
                outcome =>
                    outcome is { Failure: JobExited { Signal: Signals.Abort }, Output: { } output }
                    && output.StandardError.Contains(LastWords)),
            Scenario.Of(
                "an unhandled exception on another thread",
                Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Exits.ThrowOnAnotherThread(LastWords), limits),
                outcome =>
                    outcome is { Failure: JobExited { Signal: Signals.Abort }, Output: { } output }
                    && output.StandardError.Contains(LastWords)),
            Scenario.Of(
                "kill -9 of itself, which is not out of memory",
                Limits.Usual,
                (handler, limits) => handler.RunAsync(() => NativeExits.Kill(), limits),
                outcome => outcome.Failure is JobExited { ExitCode: null, Signal: Signals.Kill }),
        ];
}
