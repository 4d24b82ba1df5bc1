using Handler.Infrastructure;

namespace Handler.Pools;

/// <content>Kills. The ledger knows the jobs that were requested here and those that children delegated here. Each
/// job's node kills it, and its release frees the share in the whole chain.</content>
internal sealed partial class PoolActor
{
    private readonly BoundedHistory<Guid, Task<KillReply>> _kills = new(256);

    /// <summary>Kills admitted jobs that count in this pool.</summary>
    /// <param name="kill">Identifies this call; a repeated call gets the same reply.</param>
    /// <param name="target">Which jobs to kill.</param>
    /// <param name="reason">The reason that their callers get.</param>
    public async ValueTask<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
    {
        await UntilRecoveredAsync();
        if (!_kills.TryGet(kill, out var running))
            _kills.Set(kill, running = _phase == Phase.Removed ? KillOnAllNodesAsync(kill, target, reason) : KillOnNodesAsync(kill, SharesOf(target), target, reason));
        return await running;
    }

    private IEnumerable<Share> SharesOf(KillTarget target) => target switch
    {
        { Job: { } job } => _ledger.TryGet(job, out var share) ? [share] : [],
        { Name: { } name } => _ledger.Named(name),
        _ => _ledger.All(),
    };

    private Task<KillReply> KillOnNodesAsync(Guid kill, IEnumerable<Share> shares, KillTarget target, string reason)
        => CountAsync([.. shares.GroupBy(share => share.Request.Node)
            .Select(group => KillOnNodeAsync(group.Key, new KillRequest(kill, Name, [.. group.Select(share => share.Request.Job)], target, reason)))]);

    /// <summary>
    /// A removed pool has no books, unless this activation kept them from before; but jobs that it had admitted may still run.
    /// </summary>
    private async Task<KillReply> KillOnAllNodesAsync(Guid kill, KillTarget target, string reason)
        => await TryGetLiveNodesAsync() is { } live
            ? await CountAsync([.. live.Select(node => KillOnNodeAsync(node, new KillRequest(kill, Name, null, target, reason)))])
            : new KillReply(0, 1);

    private static async Task<KillReply> CountAsync(Task<int?>[] calls)
    {
        var counts = await Task.WhenAll(calls);
        return new KillReply(counts.Sum(count => count ?? 0), counts.Count(count => count is null));
    }

    /// <summary>How many jobs the node killed, or <see langword="null"/> if it did not reply.</summary>
    private async Task<int?> KillOnNodeAsync(NodeId node, KillRequest request)
    {
        var start = _ports.Time.GetTimestamp();
        for (var delay = _ports.Timings.RetryDelay; ; delay = _ports.Timings.Grow(delay))
        {
            try
            {
                return await _ports.Nodes.KillAsync(node, request).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // It is unknown whether the kill arrived; its id makes it harmless to send it again.
            }

            if (await TryGetLiveNodesAsync() is { } live && !live.Contains(node))
                return null; // its jobs are dead too, but it is unknown whether this kill ended them
            if (_ports.Time.GetElapsedTime(start) + delay > _ports.Timings.KillTimeout)
                return null;
            await Task.Delay(delay, _ports.Time);
        }
    }
}
