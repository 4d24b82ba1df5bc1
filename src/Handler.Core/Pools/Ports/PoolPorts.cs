using Handler.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Pools;

/// <summary>What a <see cref="PoolActor"/> needs from its surroundings.</summary>
internal sealed record PoolPorts
{
    public required IPoolDirectory Pools { get; init; }

    public required INodePeers Nodes { get; init; }

    public required IPoolStore Store { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public PoolTimings Timings { get; init; } = PoolTimings.Default;

    /// <summary>The registered selectors by name.</summary>
    public IReadOnlyDictionary<string, IPoolSelector> Selectors { get; init; } = new Dictionary<string, IPoolSelector>();

    /// <summary>
    /// Calls a selector with the pool's config, the job's parameter, and how long the result is of use. The default runs it within the
    /// pool's turn, which the simulation needs. A host has a <see cref="SelectorQueue"/> for each selector, so that none can hold up a
    /// turn.
    /// </summary>
    public Func<IPoolSelector, string?, string?, TimeSpan, ValueTask<IReadOnlyList<string>>> Select { get; init; }
        = static (selector, config, parameter, _) => ValueTask.FromResult(SelectorQueue.NamesOf(selector.SelectParents(config, parameter)));

    /// <summary>Receives warnings for the operator, within turns; nothing depends on it.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Runs the work of a pool in the background, in turns. Failures are logged.</summary>
    public BackgroundWork BackgroundOf(string pool)
        => new((work, exception) => PoolLog.WorkOfPoolFailed(Log, pool, work, exception), inTurns: true);
}
