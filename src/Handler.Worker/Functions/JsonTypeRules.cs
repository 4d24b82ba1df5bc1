using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks each type when the JSON serializer first sees it: JSON must carry all of its state, and give the same type back. A type
/// with a converter of its own is left to it.
/// </summary>
internal static class JsonTypeRules
{
    public static void Apply(JsonTypeInfo info)
    {
        var type = info.Type;
        if (ProcessBoundTypes.Reason(type) is { } reason)
            throw new NotSupportedException($"{TypeName.Of(type)} cannot travel: {reason}.");
        if (info.Converter.GetType().Assembly != typeof(JsonSerializer).Assembly)
            return;
        switch (info.Kind)
        {
            case JsonTypeInfoKind.None:
                CheckSimple(type);
                break;
            case JsonTypeInfoKind.Object:
                JsonStateRules.Check(info);
                break;
            default:
                JsonCollectionRules.Check(info);
                break;
        }

        if (info.Kind != JsonTypeInfoKind.None)
            JsonObjectRules.Attach(info);
    }

    private static void CheckSimple(Type type)
    {
        if (type == typeof(object))
            throw new NotSupportedException("A member or element is declared as object, and its reader could not know what it is. Declare its own type.");
        if (type.IsArray)
            throw new NotSupportedException($"{TypeName.Of(type)} has more than one dimension, which JSON does not carry. Use an array of arrays, or a one-dimensional array and its lengths.");
        if (!type.IsEnum && Nullable.GetUnderlyingType(type) is null && !IsCarried(type))
            throw new NotSupportedException($"{TypeName.Of(type)} cannot be carried inside of other data. Use a simpler type, or give it a [JsonConverter].");
    }

    private static bool IsCarried(Type type)
        => PrimitiveCodecs.For(type) is not null
            || type == typeof(Uri) || type == typeof(Version) || type == typeof(Half) || type == typeof(Int128) || type == typeof(UInt128)
            || type == typeof(JsonElement)
            || typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type);
}
