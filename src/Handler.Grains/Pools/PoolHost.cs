using Handler.Grains.Members;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Grains.Pools;

/// <summary>What the pools of a silo share: their ports, and which nodes are dead.</summary>
internal sealed partial class PoolHost
{
    private readonly Membership membership;
    private readonly ILogger<IPool> logger;

    public PoolHost(
        IOptions<HandlerOptions> options,
        Membership membership,
        GrainPools pools,
        ColocatedPools colocated,
        NodeDirectory nodes,
        GrainPoolStore store,
        TimeProvider time,
        ILogger<IPool> logger)
    {
        this.membership = membership;
        this.logger = logger;
        Selectors = options.Value.PoolSelectors;
        Background = new BackgroundWork((work, exception) => LogPool($"Work of the pools in the background failed: {work}", exception));
        Ports = new PoolPorts
        {
            Pools = pools,
            Nodes = nodes,
            Store = store,
            Selectors = Selectors,
            Select = SelectorQueue.ForEach(Selectors.Values, time),
            Warn = (what, exception) => colocated.Turns.Afterwards(() => LogPool(what, exception)),
        };
    }

    public IReadOnlyDictionary<string, IPoolSelector> Selectors { get; }

    public PoolPorts Ports { get; }

    /// <summary>The background work of the pools.</summary>
    public BackgroundWork Background { get; }

    /// <summary>Whether a node was declared dead, as far as this silo knows.</summary>
    public bool IsDead(NodeId node) => membership.IsDead(node);

    [LoggerMessage(1402, LogLevel.Warning, "{What}")]
    private partial void LogPool(string what, Exception? exception);
}
