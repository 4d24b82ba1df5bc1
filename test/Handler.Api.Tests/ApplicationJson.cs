using System.Text.Json.Serialization;

namespace Application.Tests;

/// <summary>Generated metadata, as a trimmed application has it.</summary>
[JsonSerializable(typeof(Invoice))]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(JobOutcome))]
[JsonSerializable(typeof(JobOutcome<int>))]
[JsonSerializable(typeof(JobOutcome<Invoice>))]
[JsonSerializable(typeof(JobOutcome<List<int>>))]
[JsonSerializable(typeof(JobFailure))]
[JsonSerializable(typeof(JobKilled))]
internal sealed partial class ApplicationJson : JsonSerializerContext;
