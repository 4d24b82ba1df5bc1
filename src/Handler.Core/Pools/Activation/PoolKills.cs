using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Kills jobs that count in a pool: those that were requested here and those that children delegated here. Each job's node kills it, and
/// its release frees the share in the whole chain.
/// </summary>
internal sealed class PoolKills(PoolState state, PoolNodes nodes, PoolPorts ports)
{
    private readonly BoundedHistory<Guid, Task<KillReply>> kills = new(Tuning.Pools.MaxKillsOfPool);

    /// <inheritdoc cref="PoolActor.KillAsync"/>
    public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
    {
        if (!kills.TryGet(kill, out var running))
            kills.Set(kill, running = state.IsRemoved ? KillOnAllNodesAsync(kill, target, reason) : KillOnNodesAsync(kill, target, reason));
        return running;
    }

    private Task<KillReply> KillOnNodesAsync(Guid kill, KillTarget target, string reason)
        => CountAsync([.. SharesOf(target).GroupBy(share => share.Request.Node, share => share.Request.Job)
            .Select(jobs => KillOnNodeAsync(jobs.Key, new KillRequest(kill, state.Name, [.. jobs], target, reason)))]);

    /// <summary>
    /// A removed pool has no books, unless this activation kept them from before; but jobs that it had admitted may still run.
    /// </summary>
    private async Task<KillReply> KillOnAllNodesAsync(Guid kill, KillTarget target, string reason)
        => await nodes.TryGetLiveNodesAsync() is { } live
            ? await CountAsync([.. live.Select(node => KillOnNodeAsync(node, new KillRequest(kill, state.Name, null, target, reason)))])
            : new KillReply(0, 1);

    private IEnumerable<Share> SharesOf(KillTarget target) => target switch
    {
        { Job: { } job } => state.Ledger.TryGet(job, out var share) ? [share] : [],
        { Name: { } name } => state.Ledger.Named(name),
        _ => state.Ledger.All(),
    };

    private static async Task<KillReply> CountAsync(Task<int?>[] calls)
    {
        var counts = await Task.WhenAll(calls);
        return new KillReply(counts.Sum(count => count ?? 0), counts.Count(count => count is null));
    }

    /// <summary>How many jobs the node killed, or <see langword="null"/> if it did not reply.</summary>
    private async Task<int?> KillOnNodeAsync(NodeId node, KillRequest request)
    {
        var start = ports.Time.GetTimestamp();
        for (var delay = ports.Timings.RetryDelay; ; delay = ports.Timings.Grow(delay))
        {
            // If there is no reply, it is unknown whether the kill arrived; its id makes it harmless to send it again.
            if (await nodes.TryKillAsync(node, request) is { } killed)
                return killed;
            if (await nodes.TryGetLiveNodesAsync() is { } live && !live.Contains(node))
                return null; // its jobs are dead too, but it is unknown whether this kill ended them
            if (ports.Time.GetElapsedTime(start) + delay > ports.Timings.KillTimeout)
                return null;
            await Task.Delay(delay, ports.Time);
        }
    }
}
