using System.Diagnostics.CodeAnalysis;

namespace Handler.Pools;

/// <summary>What a caller wants to run.</summary>
internal readonly record struct AdmissionRequest
{
    public AdmissionRequest()
    {
    }

    /// <param name="pool">The pool to ask.</param>
    /// <param name="limits">What the job may use and, if they are <see cref="JobOptions"/>, how it is admitted.</param>
    [SetsRequiredMembers]
    public AdmissionRequest(string pool, JobLimits limits)
    {
        var options = limits as JobOptions ?? JobOptions.Default;
        Pool = pool;
        Name = options.Name;
        Bytes = limits.MaxHeapBytes;
        Priority = options.Priority;
        Wait = options.Wait;
        PoolTimeout = options.PoolTimeout;
        SelectorArgument = options.SelectorArgument;
    }

    public required string Pool { get; init; }

    public string? Name { get; init; }

    public required long Bytes { get; init; }

    public int Priority { get; init; }

    /// <summary>How long it may wait for room; zero to be rejected immediately.</summary>
    public TimeSpan Wait { get; init; }

    /// <inheritdoc cref="AcquireRequest.IsTrial"/>
    public bool IsTrial { get; init; }

    /// <summary>How long the pool may take to reply, not counting the time spent waiting for room.</summary>
    public TimeSpan PoolTimeout { get; init; }

    public string? SelectorArgument { get; init; }
}
