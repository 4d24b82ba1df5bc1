using System.Text.Json.Serialization;

namespace Application.Tests;

/// <summary>Metadata of each type of failure.</summary>
[JsonSerializable(typeof(object))]
[JsonSerializable(typeof(JobFailed))]
[JsonSerializable(typeof(JobTimedOut))]
[JsonSerializable(typeof(JobOutOfMemory))]
[JsonSerializable(typeof(JobLimitExceeded))]
[JsonSerializable(typeof(JobExited))]
[JsonSerializable(typeof(JobKilled))]
[JsonSerializable(typeof(JobLost))]
[JsonSerializable(typeof(JobRejected))]
internal sealed partial class FailuresJson : JsonSerializerContext;
