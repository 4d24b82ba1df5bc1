using Handler.BadJobs;

namespace Handler.Demo.Scenarios;

/// <summary>Functions that use too much memory, and one that only seems to.</summary>
internal static class MemoryUse
{
    public static IEnumerable<Scenario> All()
    {
        var limitBytes = Limits.Usual.MaxHeapBytes;
        return
        [
            Scenario.Of("a list of 10 000 integers in 4096 bytes", Limits.Usual with { MaxHeapBytes = 4096 },
                (handler, limits) => handler.RunAsync(() => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList(), limits),
                outcome => outcome.Failure is JobOutOfMemory { LimitBytes: 4096 }),
            Scenario.Of("the same list in 10 MiB", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList().Count, limits),
                outcome => outcome.TryGetValue(out var value) && value == 10_000),
            Scenario.Of("2 GB of garbage, little of it at a time", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => WithinLimits.MediumGarbage(limitBytes), limits),
                outcome => outcome.TryGetValue(out var value) && value == 200_000),
            Scenario.Of("hold 90 % of the limit, make garbage beside it", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => WithinLimits.Hold90Percent(limitBytes), limits),
                outcome => outcome.TryGetValue(out var value) && value > 0),
            Scenario.Of("a list that grows, by one who catches OutOfMemoryException", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => MemoryHogs.SwallowOutOfMemory(), limits),
                outcome => outcome.Failure is JobOutOfMemory),
            Scenario.Of("native memory", Limits.Usual,
                (handler, limits) => handler.RunAsync(() => NativeMemoryHogs.LargeBlocks(), limits),
                outcome =>
                    outcome.Failure
                        is JobOutOfMemory
                        {
                            Source: MemoryLimitSource.ResidentMemory or MemoryLimitSource.Watchdog or MemoryLimitSource.ControlGroup
                        }),
        ];
    }
}
