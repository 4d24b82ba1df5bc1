using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// Writes a failure of any type as <c>{"kind": …, "message": …, …}</c>, with the properties of its own type, and reads it back. Names
/// follow the serializer's naming policy. <see cref="JobFailure"/> names this class for System.Text.Json, so an application need not
/// register it.
/// </summary>
public sealed class JobFailureJsonConverter : JsonConverter<JobFailure>
{
    private const string Failure = "A failure";

    /// <inheritdoc/>
    public override JobFailure Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var json = OutcomeJson.ReadObject(ref reader, Failure);
        return OutcomeJson.ReadParts(OutcomeJson.KindOf(json, Failure, options), json, options)!;
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
        foreach (var part in OutcomeJson.PartsOf(value, options).EnumerateObject())
            part.WriteTo(writer);
        writer.WriteEndObject();
    }
}
