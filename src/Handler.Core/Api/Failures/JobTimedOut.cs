using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The function ran longer than its <see cref="JobLimits.Timeout"/> and was killed.</summary>
/// <param name="Limit">The timeout that was exceeded.</param>
/// <param name="Elapsed">How long the function had run when it was killed.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobTimedOut(TimeSpan Limit, TimeSpan Elapsed) : JobFailure(JobOutcomeKind.TimedOut)
{
    private protected override string Describe() => $"Took more than {Limit.TotalMilliseconds:0.###}ms to complete";
}
