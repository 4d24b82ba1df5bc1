using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

public enum ByteEnum : byte
{
    None,
}

public class Poco
{
    public int Field;
    private int writtenOut;

    public int Number { get; set; }

    public string? Text { get; init; }

    public Poco? Child { get; set; }

    public int Computed => Number + 1;

    public int WrittenOut
    {
        get => writtenOut;
        set => writtenOut = value;
    }
}

public record Positional(string Name, int Number);

public readonly record struct PositionalStruct(int X, int Y);

public record Nominal
{
    public required string Name { get; init; }

    public string[] Tags { get; init; } = [];

    public virtual bool Equals(Nominal? other) => other is not null && Name == other.Name && Tags.SequenceEqual(other.Tags);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}

public sealed class WithInitializer
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Number { get; set; } = 5;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; set; } = "initial";
}

[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Square), "square")]
public abstract class Shape;

public sealed class Circle : Shape
{
    public int Radius { get; set; }
}

public sealed class Square : Shape
{
    public int Side { get; set; }
}

[JsonConverter(typeof(Converter))]
public sealed class Celsius(double degrees)
{
    private readonly double hidden = degrees;

    [JsonIgnore]
    public double Degrees => hidden;

    private sealed class Converter : JsonConverter<Celsius>
    {
        public override Celsius Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => new(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, Celsius value, JsonSerializerOptions options)
            => writer.WriteNumberValue(value.hidden);
    }
}

public sealed class OwnList : List<int>;
