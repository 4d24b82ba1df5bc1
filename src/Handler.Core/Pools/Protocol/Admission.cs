namespace Handler.Pools;

/// <summary>A lease, or the reason why there is none.</summary>
internal readonly record struct Admission(Lease? Lease, JobRejected Reject);
