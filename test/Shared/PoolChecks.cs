using System.Runtime.CompilerServices;
using Handler.Pools;

namespace Handler.Shared;

/// <summary>What must never be true of a pool between two turns.</summary>
internal static class PoolChecks
{
    extension(PoolActor pool)
    {
        /// <summary>The pool's books. No host of a pool needs them, so the pool shows them to nobody.</summary>
        public PoolState State => StateOf(pool);
    }

    /// <summary>Whether a job waits although there is room for it.</summary>
    public static bool KeepsRoomFromWaiter(this PoolState state)
        => state.IsReady && state.Queue.Next(state.Ledger) is not null;

    /// <summary>Whether a request stays with a parent that its pool no longer has.</summary>
    public static bool HasRequestAtFormerParent(this PoolActor pool)
        => pool.State.IsReady
            && pool.Configuration.Selector is null
            && PendingOf(pool).Where(asking => IsAtParent(asking) && asking.Parent != pool.Configuration.Parent).Count > 0;

    private static bool IsAtParent(PendingAcquire asking) => asking is { Parent: not null, Withdrawn: false, AsksInVain: false };

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "state")]
    private static extern ref PoolState StateOf(PoolActor pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "pending")]
    private static extern ref PendingAcquires PendingOf(PoolActor pool);
}
