namespace Handler.Pools;

/// <content>Kills. The ledger knows the jobs that children delegated here as well as those that were asked for here; each
/// job's node kills it, and its release frees the share in the whole chain.</content>
internal sealed partial class PoolActor
{
    private readonly Recent<Guid, Task<KillReply>> _kills = new(256);

    /// <summary>Kills every running job of this name.</summary>
    /// <param name="kill">Names this call; the same call again gets the same answer.</param>
    /// <param name="name">The name.</param>
    /// <param name="reason">What their callers are told.</param>
    public ValueTask<KillReply> KillAsync(Guid kill, string name, string reason) => KillAsync(kill, () => _ledger.Named(name), reason);

    /// <summary>Kills one job, if it counts in this pool.</summary>
    public ValueTask<KillReply> KillAsync(Guid kill, JobId job, string reason)
        => KillAsync(kill, () => _ledger.TryGet(job, out var share) ? [share] : [], reason);

    /// <summary>Kills every job that counts in this pool.</summary>
    public ValueTask<KillReply> FlushAsync(Guid kill, string reason) => KillAsync(kill, () => [.. _ledger.All()], reason);

    private async ValueTask<KillReply> KillAsync(Guid kill, Func<List<Share>> select, string reason)
    {
        await UntilRecoveredAsync();
        if (!_kills.TryGet(kill, out var running))
            _kills.Set(kill, running = KillOnNodesAsync(kill, select(), reason));
        return await running;
    }

    private async Task<KillReply> KillOnNodesAsync(Guid kill, List<Share> shares, string reason)
    {
        var calls = shares.GroupBy(share => share.Request.Node)
            .Select(group => KillOnNodeAsync(group.Key, new KillRequest(kill, Name, [.. group.Select(share => share.Request.Job)], reason)));
        var counts = await Task.WhenAll(calls);
        return new KillReply(counts.Sum(count => count ?? 0), counts.Count(count => count is null));
    }

    /// <summary>How many it killed, or <see langword="null"/> when it did not answer.</summary>
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
                // Whether it arrived is not known; the kill's id makes it harmless to say it again.
            }

            if (await TryGetLiveNodesAsync() is { } live && !live.Contains(node))
                return null; // its jobs are dead too, but whether by this kill nobody can say
            if (_ports.Time.GetElapsedTime(start) + delay > _ports.Timings.KillTimeout)
                return null;
            await Task.Delay(delay, _ports.Time);
        }
    }
}
