namespace Handler.Pools;

/// <summary>All that a <see cref="NodeActor"/> needs of the world.</summary>
internal sealed record NodePorts
{
    public required IPoolDirectory Pools { get; init; }

    /// <summary>Read once for each pool that the node meets.</summary>
    public required IPoolStore Store { get; init; }

    public required INodeJobs Jobs { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public PoolTimings Timings { get; init; } = PoolTimings.Default;

    /// <inheritdoc cref="PoolPorts.Warn"/>
    public Action<string, Exception?> Warn { get; init; } = static (_, _) => { };

    /// <summary>Cancelled when the node takes no more jobs: those that wait for an answer of their pools wait no longer.</summary>
    public CancellationToken Closing { get; init; }
}
