using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// Writes a failure of any type as <c>{"kind": …, "message": …, …}</c>, with the properties of its own type, and reads it back. Names
/// follow the serializer's naming policy. <see cref="JobFailure"/> and its types name this class for System.Text.Json, so an application
/// need not register it.
/// </summary>
public sealed class JobFailureJsonConverter : JsonConverter<JobFailure>
{
    private const string Failure = "A failure";

    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        return typeToConvert.IsAssignableTo(typeof(JobFailure));
    }

    /// <inheritdoc/>
    public override JobFailure Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        ArgumentNullException.ThrowIfNull(options);
        var json = OutcomeJson.ReadObject(ref reader, Failure);
        var kind = OutcomeJson.KindOf(json, Failure, options);
        var failure = FailureParts.Read(kind, json, options);
        return typeToConvert.IsInstanceOfType(failure) ? failure : throw new JsonException($"{kind} is not a {typeToConvert.Name}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JobFailure value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(options);
        writer.WriteStartObject();
        OutcomeJson.Write(writer, nameof(JobFailure.Kind), value.Kind, options);
        OutcomeJson.Write(writer, nameof(JobFailure.Message), value.Message, options);
        FailureParts.Write(writer, value, options);
        writer.WriteEndObject();
    }
}
