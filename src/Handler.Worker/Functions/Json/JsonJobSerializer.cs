using System.Buffers;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// The default serializer: JSON that never loses data silently. Types are checked once, on first use (<see cref="JsonTypeRules"/>), and
/// objects when they are written (<see cref="JsonObjectRules"/>).
/// </summary>
/// <param name="gate">Decides which types may be read.</param>
/// <param name="maxBytes">The maximum length of a value's JSON.</param>
/// <param name="isHosts">Whether the serializer belongs to the host, which writes captured values and reads results. A worker does the
/// opposite.</param>
internal sealed class JsonJobSerializer(TypeGate gate, int maxBytes, bool isHosts) : IJobSerializer
{
    private const int MaxDepth = 64;

    /// <summary>The maximum memory for a token of a JSON document while it is read: its row, in an array that grows.</summary>
    private const long DocumentBytesPerToken = 40;

    /// <summary>By what the gates allow: gates that allow the same share the same rules.</summary>
    private static readonly ConcurrentDictionary<string, JsonTypes> Shared = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<Type, bool> HoldsDocuments = new();

    [ThreadStatic]
    private static Utf8JsonWriter? idleWriter;

    [ThreadStatic]
    private static JsonJobSerializer? active;

    [ThreadStatic]
    private static bool isReading;

    private readonly int maxBytes = maxBytes;
    private readonly bool isHosts = isHosts;
    private readonly JsonTypes types = Shared.GetOrAdd(gate.Key, static (_, gate) => new JsonTypes(MakeOptions(), gate), gate);

    /// <summary>The maximum size of the value that is being written on this thread. It stops infinite sequences.</summary>
    internal static int BytesAllowed => active?.maxBytes ?? int.MaxValue;

    /// <summary>
    /// Whether the value that is being written or read on this thread is the result of a job, or part of one. A worker writes results and
    /// the host reads them.
    /// </summary>
    internal static bool IsResult => active is { } serializer && serializer.isHosts == isReading;

    public void Serialize<T>(IBufferWriter<byte> writer, T value)
    {
        // Taken, not shared: a user's converter could call this method recursively.
        var json = idleWriter ?? NewWriter(writer);
        idleWriter = null;
        json.Reset(writer);
        (active, isReading) = (this, false);
        try
        {
            JsonSerializer.Serialize(json, value, (JsonTypeInfo<T>)types.Get(typeof(T)));
            json.Flush();
        }
        catch (JsonException e)
        {
            throw new NotSupportedException(
                $"A {TypeName.Of(typeof(T))} is nested deeper than {MaxDepth} levels (a list declared as object takes two), "
                    + "or contains itself (a cycle), or cannot be written. "
                    + $"Put its nodes into one list, in which they refer to each other by their index. {e.Message}",
                e);
        }
        catch (NotSupportedException e) when (e.Message.Contains("polymorphic type", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"{e.Message} Declare the object's own type, or list it with [JsonDerivedType] on the base class.",
                e);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("ImmutableArray", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"A {TypeName.Of(typeof(T))} is, or holds, an ImmutableArray<T> that was never made (its IsDefault is true). "
                    + "Use ImmutableArray<T>.Empty instead.",
                e);
        }
        catch (InvalidOperationException e)
        {
            throw new NotSupportedException($"A {TypeName.Of(typeof(T))} cannot be written: {e.Message}", e);
        }

        idleWriter = json;
    }

    private Utf8JsonWriter NewWriter(IBufferWriter<byte> writer)
        => new(writer, new JsonWriterOptions { Encoder = types.Options.Encoder, MaxDepth = MaxDepth, SkipValidation = true });

    public T Deserialize<T>(ReadOnlySpan<byte> bytes)
    {
        (active, isReading) = (this, true);
        try
        {
            var info = (JsonTypeInfo<T>)types.Get(typeof(T));
            return ReadBudget.Current is { } budget ? DeserializeWithin(bytes, info, budget)! : JsonSerializer.Deserialize(bytes, info)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The JSON is not a {TypeName.Of(typeof(T))}: {Excerpt.Of(e.Message)}", e);
        }
    }

    private unsafe T? DeserializeWithin<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> info, ReadBudget budget)
    {
        if (HoldsDocuments.GetOrAdd(typeof(T), static (type, self) => self.TypesIn(type).Any(IsDocument), this))
            budget.Check(CostOfDocument(new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth })));
        fixed (byte* start = bytes)
        {
            var pipe = new BudgetedPipe(new SpanMemory(start, bytes.Length).Memory, budget);
            return NestedJson.Result(JsonSerializer.DeserializeAsync(pipe, info));
        }
    }

    /// <summary>Whether a type is a JSON document, which is read in one step.</summary>
    private static bool IsDocument(Type type) => type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(type);

    /// <summary>The maximum memory needed to read a JSON document that begins at the reader's position, in bytes.</summary>
    internal static long CostOfDocument(Utf8JsonReader reader)
    {
        var (count, start, depth) = (1L, reader.BytesConsumed, reader.TokenType is JsonTokenType.None ? 0 : reader.CurrentDepth);
        while (reader.Read()
            && (reader.CurrentDepth > depth || reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject)))
            count++;
        return reader.BytesConsumed - start + (DocumentBytesPerToken * count);
    }

    /// <summary>Checks a type, and all types that it declares to hold, before a value of it exists.</summary>
    /// <exception cref="NotSupportedException">Values of the type would lose data; the message says which.</exception>
    public void Check(Type type) => types.Get(type);

    /// <summary>A type, and all types that it declares to hold.</summary>
    private IEnumerable<Type> TypesIn(Type type)
    {
        var seen = new HashSet<Type>();
        var left = new Stack<Type>([type]);
        while (left.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            yield return next;
            foreach (var part in PartsOf(types.Get(next)))
                left.Push(part);
        }
    }

    /// <summary>The types that a type declares to hold.</summary>
    internal static IEnumerable<Type> PartsOf(JsonTypeInfo info)
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

    private static JsonSerializerOptions MakeOptions() => new()
    {
        IncludeFields = true,
        MaxDepth = MaxDepth,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is never read as HTML
        Converters =
        {
            new BytesConverter<byte[]>(static bytes => bytes, static value => value),
            new BytesConverter<ReadOnlyMemory<byte>>(static bytes => bytes, static value => value),
            new BytesConverter<Memory<byte>>(static bytes => bytes, static value => value),
            new ExactStringConverter(),
            new ExactCharConverter(),
            new ExactDateTimeConverter(),
            new ExactUriConverter(),
            new BigIntegerConverter(),
            new ExactDecimalConverter(),
            new NullableElementConverter(),
            new ObjectConverter(),
            new FrameworkConverters(),
        },
    };
}
