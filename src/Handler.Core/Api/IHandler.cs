namespace Handler;

/// <summary>
/// Runs jobs and gives access to pools. An embedded handler (<see cref="EmbeddedHandler"/>, <c>AddHandler</c>) runs jobs in its own worker
/// processes. The handler of a cluster client runs them on the silos.
/// <para>
/// Disposing a handler kills all jobs that were started through it, detached jobs included; their callers get <see cref="JobKilled"/>. An
/// embedded handler also ends all its worker processes. The handler of a cluster client ends no worker, because the workers belong to the
/// silos. After disposal, calls to the handler and to its pools throw <see cref="ObjectDisposedException"/>.
/// </para>
/// </summary>
public interface IHandler : IJobRunner, IAsyncDisposable
{
    /// <summary>
    /// Returns the pool of this name. Cheap: nothing is looked up, and the pool need not exist yet; see <see cref="IPool"/>.
    /// </summary>
    IPool GetPool(string name);

    /// <summary>Adds a pool. Returns <see langword="false"/>, and changes nothing, if a pool of that name exists.</summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="configure">Sets the pool's options; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply; the pool may then have been added.</param>
    /// <exception cref="ArgumentException">
    /// The options are invalid, for example because they name a pool that does not exist or form a cycle; the message lists every error.
    /// </exception>
    Task<bool> TryAddPoolAsync(string name, Action<PoolOptions>? configure = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Changes a pool. Lowering a limit kills nothing; it only stops admission. A new parent applies to future jobs. Returns
    /// <see langword="false"/> if no pool has that name.
    /// </summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="configure">
    /// Receives a copy of the current options and changes them. Called again with the newer options if another caller changed them in the
    /// meantime.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply; the pool may then have been changed.</param>
    /// <exception cref="ArgumentException">The options are invalid, as for <see cref="TryAddPoolAsync"/>; nothing was changed.</exception>
    Task<bool> TryUpdatePoolAsync(string name, Action<PoolOptions> configure, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes a pool. From now on the pool and its child pools admit nothing. Running jobs continue and can still be killed by the pool's
    /// name. Returns <see langword="false"/> if no pool has that name.
    /// </summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="cancellationToken">Ends the wait for a cluster's reply; the pool may then have been removed.</param>
    Task<bool> RemovePoolAsync(string name, CancellationToken cancellationToken = default);
}
