using System.Diagnostics.CodeAnalysis;

namespace Handler.Pools;

/// <summary>What a caller wants to run.</summary>
internal readonly record struct AdmissionRequest
{
    public AdmissionRequest()
    {
    }

    /// <param name="pool">The pool to ask.</param>
    /// <param name="limits">What the job may use and, where they are <see cref="JobOptions"/>, how it is to be admitted.</param>
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
        DelegateParam = options.DelegateParam;
    }

    public required string Pool { get; init; }

    public string? Name { get; init; }

    public required long Bytes { get; init; }

    public int Priority { get; init; }

    /// <summary>How long it may wait for room; zero to be rejected at once.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Within what time the pool must answer, the time spent waiting for room not counted.</summary>
    public TimeSpan PoolTimeout { get; init; }

    public string? DelegateParam { get; init; }
}
