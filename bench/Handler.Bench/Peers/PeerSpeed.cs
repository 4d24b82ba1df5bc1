using System.Text.Json.Serialization;

namespace Handler.Bench.Peers;

/// <summary>How fast a peer runs jobs that do nothing.</summary>
/// <param name="JobsPerSecond4">Jobs per second with 4 in flight.</param>
/// <param name="JobsPerSecond16">Jobs per second with 16 in flight.</param>
/// <param name="NoopMedian">The median time of one job, with one in flight, in µs.</param>
internal sealed record PeerSpeed(
    [property: JsonPropertyName("jobs_per_s_4")] double JobsPerSecond4,
    [property: JsonPropertyName("jobs_per_s_16")] double JobsPerSecond16,
    [property: JsonPropertyName("noop_p50_us")] double NoopMedian);
