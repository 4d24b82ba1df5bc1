namespace Handler;

/// <summary>One job that counts in a pool.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Node">The node that runs it.</param>
/// <param name="Bytes">The memory it reserves.</param>
/// <param name="Age">How long it has had its share; counted from the recovery for jobs older than this activation.</param>
public sealed record RunningJob(JobId Job, string? Name, string Node, long Bytes, TimeSpan Age);
