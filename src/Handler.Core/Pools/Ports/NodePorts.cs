using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Pools;

/// <summary>What a <see cref="NodeActor"/> needs from its surroundings.</summary>
internal sealed record NodePorts
{
    public required IPoolDirectory Pools { get; init; }

    /// <summary>Read once for each pool that the node uses.</summary>
    public required IPoolStore Store { get; init; }

    public required INodeJobs Jobs { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public PoolTimings Timings { get; init; } = PoolTimings.Default;

    /// <inheritdoc cref="PoolPorts.Log"/>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Cancelled when the node accepts no more jobs. Jobs that wait for a reply of their pools then stop waiting.</summary>
    public CancellationToken Closing { get; init; }
}
