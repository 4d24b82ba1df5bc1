namespace Handler.Pools;

/// <summary>The jobs that wait for room in a pool, for reading; see <see cref="WaitQueue"/>.</summary>
internal interface IReadOnlyWaitQueue
{
    int Count { get; }

    /// <summary>The job that gets the next room; <see langword="null"/> if none waits.</summary>
    Waiter? First { get; }

    /// <summary>A copy of the part of the queue that meets a condition, in order.</summary>
    List<Waiter> Where(Func<Waiter, bool> condition);
}
