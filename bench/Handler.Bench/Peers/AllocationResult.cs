namespace Handler.Bench.Peers;

/// <summary>What became of a job that allocates far more than its limit.</summary>
/// <param name="Completed">Whether the job got all of its memory.</param>
/// <param name="InHost">Whether the job runs in its caller's process.</param>
internal sealed record AllocationResult(bool Completed, bool InHost);
