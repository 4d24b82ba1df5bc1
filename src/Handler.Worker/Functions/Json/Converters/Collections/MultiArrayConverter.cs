using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Multidimensional arrays: <c>[[lengths], [lower bounds], [items]]</c>.</summary>
internal sealed class MultiArrayConverter<TArray, T>(JsonSerializerOptions options) : JsonConverter<TArray>, ICompositeConverter
    where TArray : class
{
    private static readonly int Rank = typeof(TArray).GetArrayRank();

    private JsonPart<T>? item;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, TArray value, JsonSerializerOptions options)
    {
        var array = (Array)(object)value;
        writer.WriteStartArray();
        WriteNumbers(writer, array.GetLength);
        WriteNumbers(writer, array.GetLowerBound);
        writer.WriteStartArray();
        foreach (T item in array)
            Item.Write(writer, item);
        writer.WriteEndArray();
        writer.WriteEndArray();
    }

    public override TArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        var lengths = ReadNumbers(ref reader);
        var bounds = ReadNumbers(ref reader);
        reader.Read();
        var items = Item.ReadArray(ref reader);
        JsonTokens.Next(ref reader, JsonTokenType.EndArray);

        return Make(lengths, bounds, items);
    }

    /// <summary>Allocates nothing before that many items were read.</summary>
    private static TArray Make(int[] lengths, int[] bounds, List<T> items)
    {
        var product = 1L;
        foreach (var length in lengths)
        {
            product *= length;
            if (length < 0 || product > Array.MaxLength)
                throw new JsonException("The lengths are not those of an array.");
        }

        if (product != items.Count)
            throw new JsonException($"An array of {product} items has {items.Count}.");
        ReadBudget.Charge(product * Unsafe.SizeOf<T>());
        try
        {
            var array = Array.CreateInstance(typeof(T), lengths, bounds);
            items.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length));
            return (TArray)(object)array;
        }
        catch (ArgumentException exception)
        {
            throw new JsonException($"The bounds are not those of an array: {exception.Message}", exception);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, Func<int, int> number)
    {
        writer.WriteStartArray();
        for (var i = 0; i < Rank; i++)
            writer.WriteNumberValue(number(i));
        writer.WriteEndArray();
    }

    private static int[] ReadNumbers(ref Utf8JsonReader reader)
    {
        var numbers = new int[Rank];
        JsonTokens.Next(ref reader, JsonTokenType.StartArray);
        for (var i = 0; i < Rank; i++)
        {
            JsonTokens.Next(ref reader, JsonTokenType.Number);
            numbers[i] = reader.GetInt32();
        }

        JsonTokens.Next(ref reader, JsonTokenType.EndArray);
        return numbers;
    }
}
