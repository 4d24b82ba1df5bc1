namespace Handler;

/// <summary>
/// Chooses the parent pool of each job of a pool. Called on a thread-pool thread, on each node one call at a time. It should be quick: a job whose pools
/// have not answered within its <see cref="JobOptions.PoolTimeout"/> is rejected, those of other pools do not wait for it.
/// </summary>
public interface IPoolSelector
{
    /// <summary>
    /// The pools to ask, in this order, until one admits; at most 1000. None means that the job is not admitted (<see cref="RejectReason.NoSuchPool"/>). An exception,
    /// or a list that is longer, rejects the job with <see cref="RejectReason.SelectorFailed"/>.
    /// </summary>
    /// <param name="config">The pool's <see cref="PoolOptions.SelectorConfig"/>.</param>
    /// <param name="parameter">What the job gave as its delegation parameter.</param>
    IReadOnlyList<string> SelectParents(string? config, string? parameter);
}
