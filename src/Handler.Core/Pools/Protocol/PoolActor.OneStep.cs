using System.Diagnostics;

namespace Handler.Pools;

/// <content>
/// The common case in one step: this pool and all its ancestors are colocated and share their turns. Nothing can happen between looking and
/// taking, so there is nothing to hold, ask or roll back. If anything is out of the ordinary, these methods do nothing, and the long path
/// does the same by messages. They exist only for speed: on a busy node a job's way through its pools costs the memory that it touches (see
/// docs/decisions/0013-one-step-admission.md).
/// </content>
internal sealed partial class PoolActor
{
    /// <summary>Whether <see cref="TryAdmit"/> is worth trying: most rejects come from the pool that is asked first.</summary>
    public bool HasRoomFor(long bytes) => _ledger.Check(bytes) == HoldResult.Held;

    /// <summary>Takes the job's share in this pool and in all its ancestors, or nothing at all.</summary>
    /// <param name="share">What the job needs, with the route to this pool. No pool has been asked about this job before, so it has no
    /// share and was not withdrawn.</param>
    /// <returns>The chain; <see langword="null"/> if the long path must decide.</returns>
    public PoolChain? TryAdmit(in ShareRequest share)
    {
        if (_phase != Phase.Ready || _waiting.Count > 0)
            return null;
        if (!HasRoomFor(share.Bytes))
            return null;
        PoolChain? above = null;
        if (Delegates)
        {
            if (!Route.CanGoOn(share.Route) || FixedLink?.LocalActor is not { } parent)
                return null;
            above = parent.TryAdmit(share with { Route = Route.Through(share.Route, Epoch, 0) });
            if (above is null)
                return null;
        }

        // The ancestors have taken their shares by now. None of them is this pool: in a circle the route would have become too long.
        var isNew = _ledger.Enter(share, above);
        Debug.Assert(isNew, "No caller has asked about this job before.");
        return Admitted(share.Route, above);
    }

    /// <summary>Frees the shares of a job that has ended, here and in all ancestors; or in none of them.</summary>
    /// <returns>Whether the shares are free; otherwise the long path must release them.</returns>
    public bool TryRelease(JobId job, PoolChain chain, LeaseEnding ending)
    {
        if (_phase != Phase.Ready || chain.Epoch != Epoch || ending == LeaseEnding.Withdrawn)
            return false;
        if (chain.Above is { } above && !TryReleaseAbove(job, above, ending))
            return false;
        Free(job, chain.Route, ending);
        return true;
    }

    private bool TryReleaseAbove(JobId job, PoolChain above, LeaseEnding ending)
        => FixedLink is { } link && link.Pool == above.Pool && link.LocalActor is { } parent && parent.TryRelease(job, above, ending);
}
