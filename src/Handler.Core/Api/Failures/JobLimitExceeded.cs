using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The function used more of something that is counted than it was allowed to, and was killed.</summary>
/// <param name="Limit">The limit, which is also the name of the option that sets it.</param>
/// <param name="LimitValue">The value of the limit, in <see cref="Unit"/>.</param>
/// <param name="Measured">
/// The measured value, in <see cref="Unit"/>. The kernel stops a write at <see cref="CountedLimit.MaxFileBytes"/>, so for that limit this
/// is the limit itself.
/// </param>
/// <param name="Enforcer">What has detected it.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobLimitExceeded(CountedLimit Limit, long LimitValue, long Measured, LimitEnforcer Enforcer)
    : JobFailure(JobOutcomeKind.LimitExceeded)
{
    /// <summary>The unit of the numbers: <c>processes</c> or <c>bytes</c>.</summary>
    [JsonIgnore]
    public string Unit => Limit == CountedLimit.MaxProcesses ? "processes" : "bytes";

    private protected override string Describe() => Limit == CountedLimit.MaxProcesses
        ? $"Process tried to run more than {LimitValue} further processes at the same time ({Limit}); {Measured} were seen"
        : $"Process tried to write a file larger than {LimitValue} bytes ({Limit})";
}
