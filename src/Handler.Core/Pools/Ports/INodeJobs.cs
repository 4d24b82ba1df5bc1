namespace Handler.Pools;

/// <summary>What <see cref="NodeActor"/> needs from the code that runs the jobs.</summary>
internal interface INodeJobs
{
    /// <summary>
    /// Kills a job whose lease was entered. A job that has not started yet must not start. Its end is reported by
    /// <see cref="NodeActor.EndAsync"/> as usual.
    /// </summary>
    void Kill(JobId job, string reason);
}
