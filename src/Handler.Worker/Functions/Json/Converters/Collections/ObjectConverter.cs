using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>
/// Values declared as <see cref="object"/> inside data: plain values, each with its exact type. Strings and booleans are written as they
/// are, all others as <c>["type", value]</c>. The types are a fixed small set and lists, arrays and dictionaries of these, so the bytes
/// cannot choose any other type.
/// </summary>
internal sealed class ObjectConverter : JsonConverter<object>
{
    private const string List = "list:", Dictionary = "dict:", Array = "array:", Document = "json";
    private const int MostParts = 2;

    private static readonly (string Name, Type Type)[] Plain =
    [
        ("any", typeof(object)),
        ("string", typeof(string)),
        ("bool", typeof(bool)),
        ("int", typeof(int)),
        ("long", typeof(long)),
        ("double", typeof(double)),
        ("decimal", typeof(decimal)),
        ("float", typeof(float)),
        ("byte", typeof(byte)),
        ("sbyte", typeof(sbyte)),
        ("short", typeof(short)),
        ("ushort", typeof(ushort)),
        ("uint", typeof(uint)),
        ("ulong", typeof(ulong)),
        ("char", typeof(char)),
        ("guid", typeof(Guid)),
        ("datetime", typeof(DateTime)),
        ("datetimeoffset", typeof(DateTimeOffset)),
        ("timespan", typeof(TimeSpan)),
        ("date", typeof(DateOnly)),
        ("time", typeof(TimeOnly)),
        ("uri", typeof(Uri)),
        ("version", typeof(Version)),
        ("bigint", typeof(BigInteger)),
        ("half", typeof(Half)),
        ("int128", typeof(Int128)),
        ("uint128", typeof(UInt128)),
        (Document, typeof(JsonElement)),
    ];

    private static readonly Dictionary<string, Type> TypesByName = Plain.ToDictionary(
        entry => entry.Name,
        entry => entry.Type,
        StringComparer.Ordinal);
    private static readonly Dictionary<Type, string> NamesByType = Plain.ToDictionary(entry => entry.Type, entry => entry.Name);

    /// <summary>Whether a value of exactly this type can be declared as object.</summary>
    public static bool Carries(Type type) => type != typeof(object) && NameOf(type, MostParts) is not null;

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
    {
        var type = value.GetType();
        if (type == typeof(string) && StringCodec.WellFormed((string)value))
        {
            writer.WriteStringValue((string)value);
            return;
        }

        if (type == typeof(bool))
        {
            writer.WriteBooleanValue((bool)value);
            return;
        }

        if (type == typeof(object) || NameOf(type, MostParts) is not { } name)
            throw new NotSupportedException(Refusal(type));
        writer.WriteStartArray();
        writer.WriteStringValue(name);
        NestedJson.Write(writer, value, options.GetTypeInfo(type));
        writer.WriteEndArray();
    }

    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
                return reader.GetString();
            case JsonTokenType.True or JsonTokenType.False:
                return reader.GetBoolean();
            case JsonTokenType.StartArray:
                JsonTokens.Next(ref reader, JsonTokenType.String);
                ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
                var name = reader.GetString()!;
                var type =
                    TypeOf(name, MostParts) is { } known && known != typeof(object)
                        ? known
                        : throw new JsonException($"\"{Excerpt.Of(name)}\" is not the name of a plain type.");
                reader.Read();
                if (name.EndsWith(Document, StringComparison.Ordinal))
                    ReadBudget.Charge(JsonDocuments.CostOf(reader));
                var value = NestedJson.Read(ref reader, options.GetTypeInfo(type));
                JsonTokens.Next(ref reader, JsonTokenType.EndArray);
                return value;
            default:
                throw new JsonException("A plain value is expected.");
        }
    }

    public static string Refusal(Type type)
        => type == typeof(object)
            ? "A plain object, as used for a lock, has no value that could be sent. Create it inside the function."
            : $"A {TypeName.Of(type)} is declared as object, so its reader could not know its type. "
                + "Values declared as object can be strings, numbers, booleans, dates, Guid, Uri, "
                + "Version and null, and lists, arrays and Dictionary<string, object> of these. Declare its own type instead of object.";

    private static string? NameOf(Type type, int parts)
    {
        if (NamesByType.TryGetValue(type, out var name))
            return name;
        if (parts == 0)
            return null;
        if (type.IsSZArray)
            return NameOf(type.GetElementType()!, parts - 1) is { } element ? Array + element : null;
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        if (definition == typeof(List<>))
            return NameOf(type.GetGenericArguments()[0], parts - 1) is { } item ? List + item : null;
        return
            definition == typeof(Dictionary<,>)
            && type.GetGenericArguments() is [var key, var value]
            && key == typeof(string)
            && NameOf(value, parts - 1) is { } valueName
            ? Dictionary + valueName
            : null;
    }

    private static Type? TypeOf(string name, int parts)
    {
        if (TypesByName.TryGetValue(name, out var type))
            return type;
        if (parts == 0)
            return null;

        if (name.StartsWith(List, StringComparison.Ordinal))
            return TypeOf(name[List.Length..], parts - 1) is { } item ? typeof(List<>).MakeGenericType(item) : null;
        if (name.StartsWith(Dictionary, StringComparison.Ordinal))
            return TypeOf(name[Dictionary.Length..], parts - 1) is { } value
                ? typeof(Dictionary<,>).MakeGenericType(typeof(string), value)
                : null;
        return name.StartsWith(Array, StringComparison.Ordinal) ? TypeOf(name[Array.Length..], parts - 1)?.MakeArrayType() : null;
    }
}
