using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks each type when the JSON serializer first sees it: JSON must contain all of its state and produce the same type again. A type
/// with its own converter is left to that converter.
/// </summary>
internal static class JsonTypeRules
{
    /// <summary>Applies the rules to a type.</summary>
    /// <param name="info">The type, as the serializer sees it.</param>
    /// <param name="gate">Decides which types may be read.</param>
    /// <param name="isTrial">Whether this only tests if the type can be sent; then its derived classes do not matter.</param>
    public static void Apply(JsonTypeInfo info, TypeGate gate, bool isTrial = false)
    {
        var type = info.Type;
        JsonTypeLimits.Check(type);
        if (ProcessBoundTypes.Reason(type) is { } reason)
            throw new NotSupportedException($"{TypeName.Of(type)} cannot be sent: {reason}.");
        if (info.Converter.GetType().Assembly != typeof(JsonSerializer).Assembly)
            return;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            CheckNullable(type, underlying);
            return;
        }

        if (info.Kind != JsonTypeInfoKind.None)
            RemoveCallbacks(info);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.None:
                CheckSimple(type);
                break;
            case JsonTypeInfoKind.Object:
                JsonDerivedTypes.Attach(info, gate, isTrial);
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

    /// <summary>
    /// A nullable value is null or a value of the struct, which has its own rules. A struct that can itself be null in JSON would come back
    /// as null.
    /// </summary>
    private static void CheckNullable(Type type, Type underlying)
    {
        if (IsFSharpOption(underlying))
            throw new NotSupportedException(
                $"{TypeName.Of(type)} cannot be carried: JSON does not tell null from a {TypeName.Of(underlying)} that is null. "
                    + $"Declare it as {TypeName.Of(underlying)}.");
    }

    /// <summary>
    /// A type's callbacks (<see cref="IJsonOnSerializing"/> and similar) could change the value, which is the caller's own object.
    /// </summary>
    private static void RemoveCallbacks(JsonTypeInfo info)
    {
        if (info.OnSerializing is not null)
            info.OnSerializing = null;
        if (info.OnSerialized is not null)
            info.OnSerialized = null;
        if (info.OnDeserializing is not null)
            info.OnDeserializing = null;
        if (info.OnDeserialized is not null)
            info.OnDeserialized = null;
    }

    private static void CheckSimple(Type type)
    {
        if (!type.IsEnum && !IsCarried(type))
            throw new NotSupportedException(
                $"{TypeName.Of(type)} cannot be carried. {Remedy.For(type, "Use a simpler type, or give it a [JsonConverter].")}");
    }

    private static bool IsCarried(Type type)
        => PrimitiveCodecs.For(type) is not null
            || type == typeof(Uri) || type == typeof(Version) || type == typeof(Half) || type == typeof(Int128) || type == typeof(UInt128)
            || type == typeof(JsonElement) || IsFSharpOption(type)
            || typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type);

    /// <summary>None is null in JSON, so an option of an option, or of a nullable type, would not come back the same.</summary>
    private static bool IsFSharpOption(Type type)
        => type.IsGenericType
        && type.GetGenericTypeDefinition().FullName is "Microsoft.FSharp.Core.FSharpOption`1" or "Microsoft.FSharp.Core.FSharpValueOption`1"
        && type.GetGenericArguments()[0] is var content
        && Nullable.GetUnderlyingType(content) is null
        && !IsFSharpOption(content);
}
