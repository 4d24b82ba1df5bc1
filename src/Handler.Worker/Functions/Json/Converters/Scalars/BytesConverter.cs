using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Bytes, as Base64. Reading takes the same amount of memory again.</summary>
internal sealed class BytesConverter<T>(Func<byte[], T> fromBytes, Func<T, ReadOnlyMemory<byte>> toBytes) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.String);
        ReadBudget.Charge(2L * reader.ValueSpan.Length);
        return fromBytes(reader.GetBytesFromBase64());
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        => writer.WriteBase64StringValue(toBytes(value).Span);
}
