using Handler.FairShare;

namespace Handler.Pools;

/// <summary>The jobs that wait for room in a pool, for reading; see <see cref="WaitQueue"/>.</summary>
internal interface IReadOnlyWaitQueue
{
    int Count { get; }

    /// <summary>How many jobs wait that came through the same child as a job with this path.</summary>
    int CountOf(PoolPath? from);

    /// <summary>The first job of the child that is served next; <see langword="null"/> if none waits.</summary>
    Waiter? First { get; }

    /// <summary>
    /// The job that gets room now; <see langword="null"/> if there is no room for one, or if it is kept for a larger one. Also returns a
    /// job that the limits never admit.
    /// </summary>
    Waiter? Next(IReadOnlyPoolLedger ledger);

    /// <summary>A copy of the part of the queue that meets a condition, in order within each child.</summary>
    List<Waiter> Where(Func<Waiter, bool> condition);
}
