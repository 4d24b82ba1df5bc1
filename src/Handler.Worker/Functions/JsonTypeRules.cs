using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks each type when the JSON serializer first sees it: JSON must carry all of its state, and give the same type back. A type
/// with a converter of its own is left to it.
/// </summary>
internal static class JsonTypeRules
{
    public static void Apply(JsonTypeInfo info, TypeGate gate)
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
                JsonDerivedTypes.Attach(info, gate);
                JsonSetters.Attach(info);
                JsonStateRules.Check(info);
                JsonRoundTrip.Attach(info);
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
        if (!type.IsEnum && Nullable.GetUnderlyingType(type) is null && !IsCarried(type))
            throw new NotSupportedException($"{TypeName.Of(type)} cannot be carried. {Remedy.For(type, "Use a simpler type, or give it a [JsonConverter].")}");
    }

    private static bool IsCarried(Type type)
        => PrimitiveCodecs.For(type) is not null
            || type == typeof(Uri) || type == typeof(Version) || type == typeof(Half) || type == typeof(Int128) || type == typeof(UInt128)
            || type == typeof(JsonElement) || IsFSharpOption(type)
            || typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type);

    /// <summary>None is null in JSON, so an option of an option, or of what may be null, would not come back the same.</summary>
    private static bool IsFSharpOption(Type type)
        => type.IsGenericType && type.GetGenericTypeDefinition().FullName is "Microsoft.FSharp.Core.FSharpOption`1" or "Microsoft.FSharp.Core.FSharpValueOption`1"
            && type.GetGenericArguments()[0] is var content && Nullable.GetUnderlyingType(content) is null && !IsFSharpOption(content);
}
