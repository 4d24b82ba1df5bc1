namespace Handler.Platform;

/// <summary>Wakes one thread when a worker has room for more of a request, or on demand.</summary>
internal interface IRoomWatch : IDisposable
{
    /// <summary>
    /// Waits until one of these workers has room or is gone, or until <see cref="Ring"/>. It may also return without either.
    /// </summary>
    void Wait(IReadOnlyList<IWorkerProcess> full);

    /// <summary>Ends the current or the next wait. From any thread, also after this is disposed.</summary>
    void Ring();
}
