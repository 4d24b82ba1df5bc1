using Handler.Grains.Members;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Grains.Pools;

/// <summary>What the pools of a silo share: their ports, and which nodes are dead.</summary>
internal sealed class PoolHost
{
    private readonly Membership membership;

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
        Selectors = options.Value.PoolSelectors;
        Names = RegisteredNames.In(options.Value);
        Background = new BackgroundWork((work, exception) => PoolLog.WorkOfPoolsFailed(logger, work, exception));
        Ports = new PoolPorts
        {
            Pools = pools,
            Nodes = nodes,
            Store = store,
            Selectors = Selectors,
            Select = SelectorQueue.ForEach(Selectors.Values, time),
            Log = new TurnLogger(logger, colocated.Turns),
        };
    }

    public IReadOnlyDictionary<string, IPoolSelector> Selectors { get; }

    /// <summary>The selectors and profiles of this silo, to which pools may refer.</summary>
    public RegisteredNames Names { get; }

    public PoolPorts Ports { get; }

    /// <summary>The background work of the pools.</summary>
    public BackgroundWork Background { get; }

    /// <summary>Whether a node was declared dead, as far as this silo knows.</summary>
    public bool IsDead(NodeId node) => membership.IsDead(node);
}
