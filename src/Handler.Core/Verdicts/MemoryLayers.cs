using Handler.Platform;

namespace Handler.Verdicts;

/// <summary>Which layers of the memory limit are active. See docs/limits.md.</summary>
internal static class MemoryLayers
{
    /// <summary>The layers, from the most exact to the last resort.</summary>
    public static IReadOnlyList<MemoryLayer> Of(ControlGroups groups) =>
        [
            new(MemoryLimitSource.ManagedHeap, true, "live managed objects, measured in the worker after a full collection"),
            new(MemoryLimitSource.AllocationFailure, true, "the GC's hard limit, for jobs that allocate faster than the monitor looks"),
            new(
                MemoryLimitSource.ResidentMemory,
                true,
                "memory that the kernel cannot take back, including that of processes the job started, measured in the worker"),
            new(MemoryLimitSource.EndedProcess, true, "the kernel's record of processes that the job started and that have ended"),
            new(
                MemoryLimitSource.Watchdog,
                true,
                "memory that the kernel cannot take back, including that of processes the job started, measured by the node from outside"),
            groups.Directory is null
                ? new(MemoryLimitSource.ControlGroup, false, WhyNot(groups))
                : new(MemoryLimitSource.ControlGroup, true, $"a cgroup for each worker, version {groups.Version}, in {groups.Directory}"),
        ];

    private static string WhyNot(ControlGroups groups)
        => (groups.WhyNot ?? "not looked for")
            + (groups.HasVersion1 ? $". Here is version 1, which is used if Hardening.ControlGroup is {ControlGroupMode.Required}" : "");
}
