using System.Collections.Concurrent;
using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Grains.Members;

/// <summary>The load of the other nodes, as they last reported it. Also publishes the load of this node.</summary>
internal sealed class LoadTable(Membership membership, INodeServices nodes, TimeProvider time) : IOtherNodes
{
    private readonly ConcurrentDictionary<NodeId, (NodeLoad Load, long At)> loads = new();

    public IReadOnlyList<NodeLoad> Loads
    {
        get
        {
            var now = time.GetTimestamp();
            var recent = loads.Values.Where(known => time.GetElapsedTime(known.At, now) < Tuning.Silos.MaxLoadAge);
            return [.. recent.Select(known => known.Load)];
        }
    }

    public IEnumerable<NodeLoad> Living => loads.Values.Select(static known => known.Load).Where(static load => load.Accepts);

    public void Set(NodeLoad load) => loads[load.Node] = (load, time.GetTimestamp());

    public void Forget(NodeId node) => loads.TryRemove(node, out _);

    public async Task<CallReply> SubmitAsync(NodeId node, JobRequest request)
    {
        // Count the job against the node until its next report, so that a burst of jobs does not all go there.
        if (loads.TryGetValue(node, out var known))
            loads[node] = (known.Load with
            {
                FreeWorkers = known.Load.FreeWorkers - 1,
                FreeBytes = known.Load.FreeBytes - request.Options.MaxHeapBytes,
            },
                known.At);
        return await nodes[node].SubmitAsync(request);
    }

    /// <summary>Asks the other nodes for their load. A node that does not reply in time publishes its load later.</summary>
    public async Task FetchInitialLoadsAsync()
        => await Task.WhenAll(membership.Others.Select(FetchInitialLoadsAsync))
            .WaitAsync(NodeTimings.LongPoll, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private async Task FetchInitialLoadsAsync(NodeId other) => Set(await nodes[other].GetLoadAsync());

    /// <summary>
    /// Tells the other nodes this node's load: when it changes or a node joins, at most ten times a second, and at least about once a
    /// second.
    /// </summary>
    public async Task PublishAsync(Func<NodeLoad> own, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tuning.Silos.LoadInterval, time);
        NodeLoad last = default;
        NodeId[] told = [];
        for (var silent = 0; ; silent++)
        {
            var (now, others) = (own(), membership.Others.ToArray());
            if (now != last || silent >= 10 || !others.AsSpan().SequenceEqual(told))
            {
                foreach (var other in others)
                    await nodes[other].PublishAsync(now);
                (last, told, silent) = (now, others, 0);
            }

            if (!await timer.WaitForNextTickAsync(cancellationToken))
                return;
        }
    }
}
