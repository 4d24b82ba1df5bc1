using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// The function ran longer than its <see cref="JobLimits.Timeout"/>, or used more CPU time than its <see cref="JobLimits.CpuTime"/>, and
/// was killed.
/// </summary>
/// <param name="Limit">The limit that was exceeded.</param>
/// <param name="Elapsed">How long the function had run, or how much CPU time it had used, when it was killed.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobTimedOut(TimeSpan Limit, TimeSpan Elapsed) : JobFailure(JobOutcomeKind.TimedOut)
{
    /// <summary>Which time was measured. Default: <see cref="TimeLimitClock.WallClock"/>.</summary>
    public TimeLimitClock Clock { get; init; }

    /// <summary>The option that sets the limit.</summary>
    [JsonIgnore]
    public string LimitName => Clock == TimeLimitClock.CpuTime ? nameof(JobLimits.CpuTime) : nameof(JobLimits.Timeout);

    private protected override string Describe() => Clock == TimeLimitClock.CpuTime
        ? $"Used more than {Limit.TotalMilliseconds:0.###}ms of CPU time ({LimitName}); {Elapsed.TotalMilliseconds:0.###}ms were measured"
        : $"Took more than {Limit.TotalMilliseconds:0.###}ms to complete";
}
