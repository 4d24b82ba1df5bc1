using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// The node or worker that ran the job went away, and it is unknown how the job ended. The job may have run, in part or completely. It is
/// not run again.
/// </summary>
/// <param name="Reason">What went away, and what is known about it.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobLost(string Reason) : JobFailure(JobOutcomeKind.Lost)
{
    private protected override string Describe() => Reason;
}
