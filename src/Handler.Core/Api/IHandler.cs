namespace Handler;

/// <summary>
/// One node's handler. Disposing it kills all jobs (their callers get <see cref="Killed{T}"/>) and ends every worker process; from then on every call, of its pools too,
/// throws <see cref="ObjectDisposedException"/>.
/// </summary>
public interface IHandler : IJobRunner, IAsyncDisposable
{
    /// <summary>The pool of this name. Cheap; it need not exist yet, see <see cref="IPool"/>.</summary>
    IPool Pool(string name);

    /// <summary>Adds a pool. Answers <see langword="false"/>, and does nothing, when there is one of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="configure">Sets its options; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The options are not usable, as when they name no pool or close a circle; the message lists every error.</exception>
    Task<bool> AddPoolAsync(string name, Action<PoolOptions>? configure = null);

    /// <summary>
    /// Changes a pool. A lower limit kills nothing, it only stops admission; another parent counts for the jobs to come. Answers <see langword="false"/> when there is
    /// no pool of that name.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="configure">Gets a copy of its present options and changes them. Called again, with the newer ones, where they were changed meanwhile.</param>
    /// <exception cref="ArgumentException">As for <see cref="AddPoolAsync"/>; nothing has changed.</exception>
    Task<bool> ChangePoolAsync(string name, Action<PoolOptions> configure);

    /// <summary>
    /// Removes a pool: from now on it and the pools that delegate to it admit nothing. What runs goes on, and can still be killed by this name. Answers <see langword="false"/> when there is no
    /// pool of that name.
    /// </summary>
    Task<bool> RemovePoolAsync(string name);
}
