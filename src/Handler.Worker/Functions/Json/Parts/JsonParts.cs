using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>What the values of a type consist of.</summary>
internal static class JsonParts
{
    /// <summary>The types that a type declares to hold.</summary>
    public static IEnumerable<Type> Of(JsonTypeInfo info)
    {
        if (info.ElementType is { } element)
            yield return element;
        if (info.KeyType is { } key)
            yield return key;
        if (Nullable.GetUnderlyingType(info.Type) is { } underlying)
            yield return underlying;
        foreach (var part in (info.Converter as ICompositeConverter)?.Parts ?? [])
            yield return part;
        foreach (var property in info.Properties)
        {
            // Even with its own converter, because the serializer inspects the type in any case.
            if (property.Get is not null || property.Set is not null)
                yield return property.PropertyType;
        }

        foreach (var derived in info.Type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false))
            yield return derived.DerivedType;
    }
}
