namespace Handler;

/// <summary>
/// Chooses the parent pools of each job of a pool. Called on a thread-pool thread; each node makes one call at a time. A selector should
/// return quickly: a job whose pools have not replied within its <see cref="JobOptions.PoolTimeout"/> is rejected. Jobs of other pools do
/// not wait for the selector.
/// </summary>
public interface IPoolSelector
{
    /// <summary>
    /// Returns the pools to ask, in this order, until one admits the job; at most 1000. An empty list rejects the job with
    /// <see cref="RejectReason.NoParentSelected"/>. An exception or a longer list rejects the job with
    /// <see cref="RejectReason.SelectorFailed"/>.
    /// </summary>
    /// <param name="config">The pool's <see cref="PoolOptions.SelectorConfig"/>.</param>
    /// <param name="parameter">The job's <see cref="JobOptions.SelectorArgument"/>.</param>
    IReadOnlyList<string> SelectParents(string? config, string? parameter);
}
