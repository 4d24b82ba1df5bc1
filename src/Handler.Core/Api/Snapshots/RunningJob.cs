namespace Handler;

/// <summary>One job that counts in a pool.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Name">The job's name, if it has one.</param>
/// <param name="Node">The node that runs it.</param>
/// <param name="Bytes">The memory that it reserves, in bytes.</param>
/// <param name="Age">How long it has held its share. For jobs older than this activation, counted from the activation's recovery.</param>
public sealed record RunningJob(JobId Job, string? Name, string Node, long Bytes, TimeSpan Age);
