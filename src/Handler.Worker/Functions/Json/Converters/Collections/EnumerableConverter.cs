using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>
/// Sequences that are declared only as enumerable. A sequence that is computed while it is enumerated becomes an array, if it ends.
/// </summary>
internal sealed class EnumerableConverter<T>(JsonSerializerOptions options) : JsonConverter<IEnumerable<T>>, ICompositeConverter
{
    private JsonPart<T>? item;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, IEnumerable<T> value, JsonSerializerOptions options)
    {
        if (ProcessBoundTypes.SequenceReason(value.GetType()) is { } reason)
            throw new NotSupportedException(
                $"A {TypeName.Of(value.GetType())}, declared as {TypeName.Of(typeof(IEnumerable<T>))}, cannot be sent: {reason}.");
        JsonObjectRules.RequireUsualComparer(value, typeof(IEnumerable<T>));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            Item.Write(writer, item);
            if (writer.BytesCommitted + writer.BytesPending > CurrentJson.BytesAllowed)
                throw new NotSupportedException(
                    $"A sequence of {TypeName.Of(typeof(T))} is computed while it is read, "
                        + $"and has not ended after {CurrentJson.BytesAllowed} bytes, the option MaxPayloadBytes. "
                        + "Give it an end, as Take(1000) does, or raise MaxPayloadBytes.");
        }

        writer.WriteEndArray();
    }

    public override IEnumerable<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var items = Item.ReadArray(ref reader);
        return items.Count > 0 ? items.ToArray() : new T[0]; // not the shared empty array, so that two different objects stay different
    }
}
