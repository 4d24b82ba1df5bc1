namespace Handler.Cluster;

/// <summary>How much a pool may use.</summary>
internal readonly record struct AuditedLimits(int MaxWorkers, long MaxMemoryBytes);
