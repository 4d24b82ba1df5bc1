using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The clock that a <see cref="JobTimedOut"/> was measured with.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimeLimitClock>))]
public enum TimeLimitClock
{
    /// <summary>The time that passed: the limit is <see cref="JobLimits.Timeout"/>.</summary>
    WallClock = 0,

    /// <summary>
    /// The CPU time of the worker and of all processes that the job started: the limit is <see cref="JobLimits.CpuTime"/>.
    /// </summary>
    CpuTime = 1,
}
