using System.Collections.Concurrent;
using Handler.Pools;
using Handler.Remote;

namespace Handler.Grains.Nodes;

/// <summary>How much room the other nodes have, as they last said; and saying so oneself.</summary>
internal sealed class LoadBoard(Membership membership, NodeServices nodes) : IOtherNodes
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<NodeId, NodeLoad> loads = new();
    private volatile IReadOnlyList<NodeLoad> sorted = [];

    public IReadOnlyList<NodeLoad> Loads => sorted;

    public void Set(NodeLoad load)
    {
        loads[load.Node] = load;
        sorted = [.. loads.Values];
    }

    public void Forget(NodeId node)
    {
        if (loads.TryRemove(node, out _))
            sorted = [.. loads.Values];
    }

    public async Task<CallReply> SubmitAsync(NodeId node, JobRequest request)
    {
        // Until it says so itself the node has one place less, so that not all of a burst goes there.
        if (loads.TryGetValue(node, out var load))
            Set(load with { FreeWorkers = load.FreeWorkers - 1, FreeBytes = load.FreeBytes - request.Options.MaxHeapBytes });
        return await nodes[node].SubmitAsync(request);
    }

    /// <summary>Tells the others what room this node has: when it changes, at most ten times a second, and each second in any case.</summary>
    public async Task PublishAsync(Func<NodeLoad> own, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        NodeLoad last = default;
        for (var silent = 0; ; silent++)
        {
            var now = own();
            if (now != last || silent >= 10)
            {
                foreach (var other in membership.Others)
                    await nodes[other].PublishAsync(now);
                (last, silent) = (now, 0);
            }

            if (!await timer.WaitForNextTickAsync(cancellationToken))
                return;
        }
    }
}
