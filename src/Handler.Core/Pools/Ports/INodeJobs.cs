namespace Handler.Pools;

/// <summary>What the node's side asks of whoever runs the jobs.</summary>
internal interface INodeJobs
{
    /// <summary>Kills a job whose lease was entered; it may not have been started yet, and then must not be. Its ending is reported by <see cref="NodeActor.EndAsync"/> as any other.</summary>
    void Kill(JobId job, string reason);
}
