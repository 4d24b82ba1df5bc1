using Handler.Pools;

namespace Handler.Shared;

/// <summary>What must never be true of a pool between two turns.</summary>
internal static class PoolChecks
{
    /// <summary>Whether a job waits although there is room for it.</summary>
    public static bool KeepsRoomFromWaiter(this PoolState state)
        => state.IsReady && state.Queue.First is { } first && state.Ledger.Check(first.Request.Bytes) == HoldResult.Held;

    /// <summary>Whether a request stays with a parent that its pool no longer has.</summary>
    public static bool HasRequestAtFormerParent(this PoolActor pool)
        => pool.State.IsReady
            && pool.Configuration.Selector is null
            && pool.Pending.Where(asking => IsAtParent(asking) && asking.Parent != pool.Configuration.Parent).Count > 0;

    private static bool IsAtParent(PendingAcquire asking) => asking is { Parent: not null, Withdrawn: false, AsksFormerParent: false };
}
