namespace Handler.Verdicts;

/// <summary>That a memory limit was passed.</summary>
internal readonly record struct MemoryReport(MemoryLimitSource Source, long Limit, long Used);
