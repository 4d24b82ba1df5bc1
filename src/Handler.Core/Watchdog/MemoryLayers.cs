using Handler.Platform;

namespace Handler.Watchdog;

/// <summary>One layer of the memory limit: what it watches, and whether it works on this machine.</summary>
/// <param name="Source">The layer, as an <see cref="OutOfMemory{T}"/> outcome names it.</param>
/// <param name="Active">Whether it is active.</param>
/// <param name="Detail">What it watches; where it is not active, why.</param>
internal sealed record MemoryLayer(MemoryLimitSource Source, bool Active, string Detail);

/// <summary>Which layers of the memory limit are active. See docs/limits.md.</summary>
internal static class MemoryLayers
{
    /// <summary>The layers, from the most exact to the last resort.</summary>
    public static IReadOnlyList<MemoryLayer> Of(ControlGroups groups) =>
    [
        new(MemoryLimitSource.ManagedHeap, true, "live managed objects, measured in the worker after a full collection"),
        new(MemoryLimitSource.AllocationFailure, true, "the collector's hard limit: what allocates faster than the monitor looks"),
        new(MemoryLimitSource.ResidentMemory, true, "memory that the kernel cannot take back, measured in the worker"),
        new(MemoryLimitSource.Watchdog, true, "memory that the kernel cannot take back, including that of processes the job started, measured by the node from outside"),
        groups.Directory is null
            ? new(MemoryLimitSource.ControlGroup, false, groups.WhyNot ?? "not looked for")
            : new(MemoryLimitSource.ControlGroup, true, $"a control group for each worker, version {groups.Version}, in {groups.Directory}"),
    ];
}
