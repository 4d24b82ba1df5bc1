namespace Handler.Verdicts;

/// <summary>One layer of the memory limit: what it measures, and whether it works on this machine.</summary>
/// <param name="Source">The layer, as an <see cref="JobOutOfMemory"/> outcome names it.</param>
/// <param name="Active">Whether it is active.</param>
/// <param name="Detail">What it measures; if it is not active, why not.</param>
internal sealed record MemoryLayer(MemoryLimitSource Source, bool Active, string Detail);
