using System.Globalization;
using Handler.BadJobs;
using Handler.Demo.Node;
using Handler.Shared;

namespace Handler.Demo.Scenarios;

/// <summary>Functions with effects outside of their process, and a caller that cancels its job.</summary>
internal static class SideEffects
{
    private const int FloodBytes = 16 << 20;
    private const int KeptBytes = 64 << 10;

    public static IEnumerable<Scenario> All() =>
    [
        Scenario.Of("start a shell with two children, and hang", Limits.Timeout(1),
            (handler, limits) => handler.RunAsync(() => Children.HangWithFamily(), limits),
            outcome => outcome.Failure is JobTimedOut,
            afterwards: outcome => ComplainOfSurvivorsAsync(outcome.Output?.StandardOutput ?? "")),
        Scenario.Of($"flood stdout with {FloodBytes >> 20} MiB", Limits.Usual with { CaptureOutput = true },
            (handler, limits) => handler.RunAsync(() => Noise.FloodStdout(FloodBytes), limits),
            outcome => outcome.TryGetValue(out var written) && written > 0
                && outcome.Output is { Truncated: true, StandardOutput.Length: > 0 and <= KeptBytes }),
        Scenario.Of("a job whose caller cancels it", Limits.Usual,
            CancelAsync,
            outcome => outcome.Failure is JobKilled { Cause: KillCause.CallerCancelled }),
    ];

    private static async Task<JobOutcome> CancelAsync(IHandler handler, JobLimits limits)
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        return await handler.RunAsync(() => CpuHogs.TightLoop(), limits, cancellation.Token);
    }

    private static async Task<string?> ComplainOfSurvivorsAsync(string printedPids)
    {
        var pids = printedPids
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .ToList();
        if (pids.Count != 3)
            return $"it should have printed three process ids, not {pids.Count}";

        // A killed process takes a moment to disappear.
        await Polling.UntilAsync(() => !pids.Exists(ProcessTable.IsRunning));
        var survivors = pids.FindAll(ProcessTable.IsRunning);
        return survivors.Count == 0 ? null : $"still running: {string.Join(", ", survivors)}";
    }
}
