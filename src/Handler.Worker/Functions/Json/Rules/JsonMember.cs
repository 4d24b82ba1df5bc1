using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>A member of an object. Its value can be copied in the form in which it would be sent.</summary>
internal sealed class JsonMember(JsonPropertyInfo property, JsonSerializerOptions options)
{
    private static readonly MethodInfo MakeInfo = typeof(JsonMember).GetMethod(
        nameof(InfoWith),
        BindingFlags.Static | BindingFlags.NonPublic
    )!;

    private JsonTypeInfo? info;

    public JsonPropertyInfo Property { get; } = property;

    public string Name => (Property.AttributeProvider as MemberInfo)?.Name ?? Property.Name;

    /// <summary>Whether it is written by a converter that is named in its declaration.</summary>
    public bool HasConverter => Property.CustomConverter is not null;

    /// <summary>Whether values of the member cannot be modified.</summary>
    private bool IsImmutable { get; } =
        JsonCollectionRules.IsKey(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

    /// <summary>Whether a setter does more than assign a field, and could therefore modify an object that another member holds.</summary>
    public bool HasActiveSetter
        => Property.AttributeProvider is PropertyInfo member
        && member.GetSetMethod(nonPublic: true) is { } setter
        && AccessorCode.FieldStored(setter) is null;

    /// <summary>The bytes of a value; <see langword="null"/> if it does not have to be copied, or cannot be.</summary>
    public byte[]? Sent(object? value)
        => value is null || IsImmutable || !CanWrite || ProcessBoundTypes.IsLazySequence(value) ? null : Write(value);

    /// <summary>
    /// Whether the value can be written on its own. An application's converter may be for a family of types that includes the declared
    /// type.
    /// </summary>
    public bool CanWrite
        => Property.CustomConverter is not { } converter || converter is JsonConverterFactory || converter.Type == Property.PropertyType;

    public byte[] Write(object? value) => JsonSerializer.SerializeToUtf8Bytes(value, Info());

    public object? Read(byte[] bytes) => JsonSerializer.Deserialize(bytes, Info());

    /// <summary>
    /// Whether a copy that was created from these bytes is unchanged. A value without a fixed order is compared with a second copy.
    /// </summary>
    public bool IsStill(object? copy, byte[] sent)
    {
        var now = Write(copy);
        return now.AsSpan().SequenceEqual(sent) || JsonExact.Same(now, Write(Read(sent)));
    }

    private JsonTypeInfo Info() => info ??= Property.CustomConverter switch
    {
        null => options.GetTypeInfo(Property.PropertyType),
        JsonConverterFactory factory => With(factory.CreateConverter(Property.PropertyType, options)!),
        var converter => With(converter),
    };

    private JsonTypeInfo With(JsonConverter converter)
        => (JsonTypeInfo)
            MakeInfo
                .MakeGenericMethod(Property.PropertyType)
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [options, converter], null)!;

    private static JsonTypeInfo<T> InfoWith<T>(JsonSerializerOptions options, JsonConverter converter)
        => JsonMetadataServices.CreateValueInfo<T>(options, converter);
}
