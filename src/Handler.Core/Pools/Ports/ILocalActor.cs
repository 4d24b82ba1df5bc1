namespace Handler.Pools;

/// <summary>
/// The actor of a pool that runs in this process under the same turn lock as the caller. A job is admitted and released in one step, if
/// nothing has to be waited for; see docs/decisions/0013-one-step-admission.md.
/// </summary>
internal interface ILocalActor
{
    /// <summary>
    /// Admits a job in one step, where the pool and all its ancestors are colocated and share their turns, have room, and no job waits.
    /// </summary>
    /// <param name="share">What the job needs, with the route to this pool. No pool has been asked about this job before, so it has no
    /// share and was not withdrawn.</param>
    /// <returns>The chain; <see langword="null"/> if nothing was done and a request to the pool must decide.</returns>
    PoolChain? TryAdmit(in ShareRequest share);

    /// <summary>Frees the shares of a job that has ended, in the pool and in all ancestors; or in none of them.</summary>
    /// <returns>Whether the shares are free; otherwise a request to the pool must release them.</returns>
    bool TryRelease(JobId job, PoolChain chain, LeaseOutcome outcome);
}
