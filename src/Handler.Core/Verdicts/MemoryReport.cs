namespace Handler.Verdicts;

/// <summary>Reports that a memory limit was exceeded.</summary>
internal readonly record struct MemoryReport(MemoryLimitSource Source, long Limit, long Used);
