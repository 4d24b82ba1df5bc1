using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>A member of an object, whose value can be copied as it would travel.</summary>
internal sealed class JsonMember(JsonPropertyInfo property, JsonSerializerOptions options)
{
    private static readonly MethodInfo MakeInfo = typeof(JsonMember).GetMethod(nameof(InfoWith), BindingFlags.Static | BindingFlags.NonPublic)!;

    private JsonTypeInfo? info;

    public JsonPropertyInfo Property { get; } = property;

    public string Name => (Property.AttributeProvider as MemberInfo)?.Name ?? Property.Name;

    /// <summary>Whether it is written by a converter that its declaration names.</summary>
    public bool HasConverter => Property.CustomConverter is not null;

    /// <summary>Whether nothing can be written into a value.</summary>
    private bool IsImmutable { get; } = JsonCollectionRules.IsKey(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

    /// <summary>Whether a setter does more than assign a field, and so could write into an object that another member holds.</summary>
    public bool HasActiveSetter => Property.AttributeProvider is PropertyInfo member && member.GetSetMethod(nonPublic: true) is { } setter && AccessorCode.FieldStored(setter) is null;

    /// <summary>The bytes of a value; <see langword="null"/> if it need not or cannot be copied.</summary>
    public byte[]? Sent(object? value) => value is null || IsImmutable || !CanWrite || ProcessBoundTypes.IsLazySequence(value) ? null : Write(value);

    /// <summary>Whether the value can be written by itself. A converter of the application's could be one for a kind of the declared type.</summary>
    public bool CanWrite => Property.CustomConverter is not { } converter || converter is JsonConverterFactory || converter.Type == Property.PropertyType;

    public byte[] Write(object? value) => JsonSerializer.SerializeToUtf8Bytes(value, Info());

    public object? Read(byte[] bytes) => JsonSerializer.Deserialize(bytes, Info());

    /// <summary>Whether a copy that was made of these bytes still is as it was then. What has no order of its own is compared with another copy.</summary>
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
        => (JsonTypeInfo)MakeInfo.MakeGenericMethod(Property.PropertyType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [options, converter], null)!;

    private static JsonTypeInfo InfoWith<T>(JsonSerializerOptions options, JsonConverter converter) => JsonMetadataServices.CreateValueInfo<T>(options, converter);
}
