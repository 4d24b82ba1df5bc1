using Handler.FairShare;

namespace Handler.Pools;

/// <summary>A pool's ways to its parents.</summary>
internal sealed class PoolParents(PoolState state, PoolLinks links, PoolPorts ports)
{
    private PoolLink? fixedParent;
    private PoolConfiguration? fixedBy; // the configuration that names it

    /// <summary>The one parent of all jobs; <see langword="null"/> if there is none, or if a selector chooses.</summary>
    public PoolLink? Fixed => ReferenceEquals(fixedBy, state.Configuration) ? fixedParent : FindFixed();

    /// <inheritdoc cref="PoolLinks.AcquireAsync"/>
    public ValueTask<AcquireReply> AcquireAsync(string parent, in AcquireRequest request) => links.AcquireAsync(parent, request);

    /// <summary>
    /// Why an ancestor could never admit a job that came to this pool by this path and has this size. Asks the fixed parent only: what a
    /// selector will return is unknown before the job's turn.
    /// </summary>
    public async ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
    {
        if (state.Configuration.Parent is not { } parent || depth >= Route.MaxDepth)
            return null;
        if (links.Find(parent) is not { } link)
            return Rejects.NoSuchPool(parent);
        var asked = state.Configuration;
        try
        {
            var call = link.CheckFeasibilityAsync(state.PathOf(from), bytes, depth + 1).AsTask();
            var reply = await call.WaitAsync(ports.Timings.CallTimeout, ports.Time);
            return ReferenceEquals(asked, state.Configuration) ? reply : null; // after a change the reply may be from a former parent
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null; // unknown; the job finds out when it gets room here
        }
    }

    private PoolLink? FindFixed()
    {
        if (state.Configuration is not { Selector: null, Parent: { } parent } configuration || links.Find(parent) is not { } link)
            return null;
        fixedBy = configuration;
        return fixedParent = link;
    }
}
