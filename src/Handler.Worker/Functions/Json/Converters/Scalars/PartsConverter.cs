using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>A value that its parts represent completely. It is written as an array of them.</summary>
internal sealed class PartsConverter<T, TParts>(Func<T, TParts> toParts, Func<TParts, T> fromParts) : JsonConverter<T>
{
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        => JsonSerializer.Serialize(writer, toParts(value), (JsonTypeInfo<TParts>)options.GetTypeInfo(typeof(TParts)));

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = NestedJson.Read(ref reader, (JsonTypeInfo<TParts>)options.GetTypeInfo(typeof(TParts)));
        try
        {
            return fromParts(parts ?? throw new JsonException("The parts are missing."));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or OverflowException)
        {
            throw new JsonException($"The parts are not those of a {TypeName.Of(typeof(T))}: {exception.Message}", exception);
        }
    }
}
