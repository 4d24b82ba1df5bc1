using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler;

/// <summary>
/// The parts of outcomes in JSON. Their metadata is generated, so that an application that has only metadata of its own types, or is
/// trimmed, can write and read them. The simple types are here for values of outcomes.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JobOutcomeKind), TypeInfoPropertyName = "Kind")]
[JsonSerializable(typeof(JobUsage))]
[JsonSerializable(typeof(JobOutput))]
[JsonSerializable(typeof(KillCause))]
[JsonSerializable(typeof(MemoryLimitSource))]
[JsonSerializable(typeof(TimeLimitClock))]
[JsonSerializable(typeof(CountedLimit))]
[JsonSerializable(typeof(LimitEnforcer))]
[JsonSerializable(typeof(RejectReason))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(byte))]
[JsonSerializable(typeof(char))]
[JsonSerializable(typeof(short))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(uint))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(float))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(decimal))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(DateTime))]
[JsonSerializable(typeof(DateTimeOffset))]
[JsonSerializable(typeof(TimeSpan))]
internal sealed partial class OutcomeJson : JsonSerializerContext
{
    private static readonly OutcomeJson Metadata = new();
    private static readonly ConditionalWeakTable<JsonSerializerOptions, JsonSerializerOptions> Known = [];

    public static JsonElement ReadObject(ref Utf8JsonReader reader, string what)
    {
        var json = JsonElement.ParseValue(ref reader);
        return json.ValueKind == JsonValueKind.Object ? json : throw new JsonException($"{what} is an object.");
    }

    public static JobOutcomeKind KindOf(JsonElement json, string what, JsonSerializerOptions options)
        => (Find(json, nameof(JobFailure.Kind), options) ?? throw new JsonException($"{what} has a kind."))
            .Deserialize(InfoOf<JobOutcomeKind>(options));

    /// <summary>The property of the object; the default of <typeparamref name="T"/> if there is none.</summary>
    public static T? Read<T>(JsonElement json, string property, JsonSerializerOptions options)
        => Find(json, property, options) is { } found ? found.Deserialize(InfoOf<T>(options)) : default;

    public static void Write<T>(Utf8JsonWriter writer, string property, T value, JsonSerializerOptions options)
    {
        WriteName(writer, property, options);
        JsonSerializer.Serialize(writer, value, InfoOf<T>(options));
    }

    public static void WriteName(Utf8JsonWriter writer, string property, JsonSerializerOptions options)
        => writer.WritePropertyName(Name(property, options));

    public static JsonElement? Find(JsonElement json, string property, JsonSerializerOptions options)
    {
        var name = Name(property, options);
        if (json.TryGetProperty(name, out var exact))
            return exact;
        if (!options.PropertyNameCaseInsensitive)
            return null;
        foreach (var candidate in json.EnumerateObject())
        {
            if (candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return candidate.Value;
        }

        return null;
    }

    /// <summary>How the application writes the value of an outcome; a simple type needs no metadata of the application's.</summary>
    public static JsonTypeInfo<T> ValueInfo<T>(JsonSerializerOptions options)
    {
        if (options.TryGetTypeInfo(typeof(T), out var given) || OptionsOf(options).TryGetTypeInfo(typeof(T), out given))
            return (JsonTypeInfo<T>)given;
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)); // throws, and names the type and the application's context
    }

    private static JsonTypeInfo<T> InfoOf<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)OptionsOf(options).GetTypeInfo(typeof(T));

    /// <summary>
    /// The application's options with this metadata. Parts that the application leaves out because they are null may be missing, and
    /// other versions may have further parts.
    /// </summary>
    private static JsonSerializerOptions OptionsOf(JsonSerializerOptions options)
        => Known.GetValue(options, static options => new JsonSerializerOptions(options)
        {
            TypeInfoResolver = Metadata,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
            RespectRequiredConstructorParameters = false,
            ReferenceHandler = null,
        });

    private static string Name(string property, JsonSerializerOptions options)
        => options.PropertyNamingPolicy?.ConvertName(property) ?? property;
}
