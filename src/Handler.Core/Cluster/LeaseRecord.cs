namespace Handler.Cluster;

/// <summary>A job that counts in a pool.</summary>
internal readonly record struct LeaseRecord(string Pool, JobId Job, long Bytes);
