using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Integers of any size, as their bytes, because reading the digits of a long one takes more than linear time.</summary>
internal sealed class BigIntegerConverter : JsonConverter<BigInteger>
{
    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.String);
        ReadBudget.Charge(2L * reader.ValueSpan.Length);
        return new BigInteger(reader.GetBytesFromBase64());
    }

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options)
        => writer.WriteBase64StringValue(value.ToByteArray());
}
