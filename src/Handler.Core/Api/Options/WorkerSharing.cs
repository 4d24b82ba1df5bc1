namespace Handler;

/// <summary>Which jobs of a profile may run, one after the other, in the same worker process.</summary>
public enum WorkerSharing
{
    /// <summary>The jobs of all pools of the profile, and those without a pool.</summary>
    Profile,

    /// <summary>Only the jobs of one pool. Jobs without a pool share workers with each other.</summary>
    Pool,

    /// <summary>None: each job has a fresh process, which ends with it.</summary>
    Job,
}
