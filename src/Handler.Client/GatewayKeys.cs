using System.Collections.Concurrent;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Client;

/// <summary>
/// By which key a message goes directly to a node's silo. Orleans sends all messages to a grain with one key through one gateway as long as
/// that gateway lives; which one, the first reply says. A message with a key that leads elsewhere is passed on, which costs one message
/// more.
/// </summary>
internal sealed class GatewayKeys
{
    private readonly ConcurrentDictionary<NodeId, int> keys = new();
    private int tried;

    /// <summary>The key for a message to a node; <see langword="null"/> if the message goes through any gateway.</summary>
    public int? KeyFor(NodeId node)
    {
        if (keys.TryGetValue(node, out var key))
            return key;
        return Volatile.Read(ref tried) < Tuning.Callers.MaxGatewayKeys ? Interlocked.Increment(ref tried) - 1 : null;
    }

    /// <summary>Records through whose silo a message went.</summary>
    public void Learn(int? key, NodeId? gateway)
    {
        if (key is not { } known || gateway is not { } there || (keys.TryGetValue(there, out var present) && present == known))
            return;
        foreach (var (node, other) in keys)
        {
            if (other == known && node != there)
                keys.TryRemove(new(node, other));
        }

        keys.TryAdd(there, known);
    }

    /// <summary>A message to a node has failed: the next one goes another way.</summary>
    public void Forget(NodeId node) => keys.TryRemove(node, out _);
}
