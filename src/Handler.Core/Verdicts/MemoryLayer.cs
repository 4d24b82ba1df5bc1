namespace Handler.Verdicts;

/// <summary>One layer of the memory limit: what it watches, and whether it works on this machine.</summary>
/// <param name="Source">The layer, as an <see cref="OutOfMemory{T}"/> outcome names it.</param>
/// <param name="Active">Whether it is active.</param>
/// <param name="Detail">What it watches; where it is not active, why.</param>
internal sealed record MemoryLayer(MemoryLimitSource Source, bool Active, string Detail);
