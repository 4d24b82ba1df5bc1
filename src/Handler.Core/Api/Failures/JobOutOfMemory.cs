using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The function used more memory than it was allowed to.</summary>
/// <param name="LimitBytes">The limit that was exceeded, in bytes.</param>
/// <param name="PeakBytes">The highest use that was measured, in bytes.</param>
/// <param name="Source">The layer that detected it.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobOutOfMemory(long LimitBytes, long PeakBytes, MemoryLimitSource Source) : JobFailure(JobOutcomeKind.OutOfMemory)
{
    /// <summary>Whether the caller did not set <see cref="JobLimits.MaxResidentBytes"/>, and its default was exceeded.</summary>
    public bool IsDefaultLimit { get; init; }

    /// <summary>The option that sets the limit.</summary>
    [JsonIgnore]
    public string LimitName => LimitsHeap(Source) ? nameof(JobLimits.MaxHeapBytes) : nameof(JobLimits.MaxResidentBytes);

    private protected override string Describe() => $"Process tried to use more than {LimitBytes} bytes of memory ({LimitName}"
        + (IsDefaultLimit ? $", which is 2 × {nameof(JobLimits.MaxHeapBytes)} + 64 MiB by default)" : ")");

    /// <summary>The failure of a job with these limits.</summary>
    internal static JobOutOfMemory Of(JobLimits limits, long limitBytes, long peakBytes, MemoryLimitSource source)
        => new(limitBytes, peakBytes, source) { IsDefaultLimit = limits.MaxResidentBytes is null && !LimitsHeap(source) };

    private static bool LimitsHeap(MemoryLimitSource source)
        => source is MemoryLimitSource.ManagedHeap or MemoryLimitSource.AllocationFailure;
}
