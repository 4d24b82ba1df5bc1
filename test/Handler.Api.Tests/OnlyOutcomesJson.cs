using System.Text.Json.Serialization;

namespace Application.Tests;

/// <summary>Metadata of outcomes, without the types of their values.</summary>
[JsonSerializable(typeof(JobOutcome<Invoice>))]
[JsonSerializable(typeof(JobOutcome<string>))]
internal sealed partial class OnlyOutcomesJson : JsonSerializerContext;
