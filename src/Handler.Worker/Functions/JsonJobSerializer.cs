using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// The default serializer: JSON that never loses anything in silence. Types are checked once, when they are first seen
/// (<see cref="JsonTypeRules"/>), and objects when they are written (<see cref="JsonObjectRules"/>).
/// </summary>
internal sealed class JsonJobSerializer : IJobSerializer
{
    private const int MaxDepth = 64;

    private static readonly JsonSerializerOptions Options = MakeOptions();

    [ThreadStatic]
    private static Utf8JsonWriter? idleWriter;

    public void Serialize<T>(IBufferWriter<byte> writer, T value)
    {
        // Taken, not shared: a converter of the user's could come back here.
        var json = idleWriter ?? new Utf8JsonWriter(writer, new JsonWriterOptions { Encoder = Options.Encoder, MaxDepth = MaxDepth, SkipValidation = true });
        idleWriter = null;
        json.Reset(writer);
        try
        {
            JsonSerializer.Serialize(json, value, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));
            json.Flush();
        }
        catch (JsonException e)
        {
            throw new NotSupportedException($"A {TypeName.Of(typeof(T))} is nested deeper than {MaxDepth} levels, or contains itself (a cycle), or cannot be written: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new NotSupportedException($"A {TypeName.Of(typeof(T))} cannot be written: {e.Message}", e);
        }

        idleWriter = json;
    }

    public T Deserialize<T>(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)))!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The JSON is not a {TypeName.Of(typeof(T))}: {e.Message}", e);
        }
    }

    /// <summary>Checks a type, and all that it declares to hold, before there is a value of it.</summary>
    /// <exception cref="NotSupportedException">Values of the type would lose something; the message says what.</exception>
    public static void Check(Type type)
    {
        var seen = new HashSet<Type>();
        var left = new Stack<Type>([type]);
        while (left.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            var info = Options.GetTypeInfo(next);
            if (info.ElementType is { } element)
                left.Push(element);
            if (info.KeyType is { } key)
                left.Push(key);
            if (Nullable.GetUnderlyingType(next) is { } underlying)
                left.Push(underlying);
            foreach (var property in info.Properties)
            {
                if (property.CustomConverter is null && property.Get is not null)
                    left.Push(property.PropertyType);
            }

            foreach (var derived in info.PolymorphismOptions?.DerivedTypes ?? [])
                left.Push(derived.DerivedType);
        }
    }

    private static JsonSerializerOptions MakeOptions() => new()
    {
        IncludeFields = true,
        MaxDepth = MaxDepth,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // nobody reads it as HTML
        Converters = { new ExactStringConverter(), new ExactCharConverter(), new BigIntegerConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { JsonTypeRules.Apply } },
    };
}
