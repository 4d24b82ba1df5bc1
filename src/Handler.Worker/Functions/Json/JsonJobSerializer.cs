using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
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

    /// <summary>By what the gates allow: gates that allow the same share the same rules.</summary>
    private static readonly ConcurrentDictionary<string, JsonTypes> Shared = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<Type, bool> HoldsDocuments = new();

    [ThreadStatic]
    private static Utf8JsonWriter? idleWriter;

    private readonly CurrentJson current = new(maxBytes, isHosts);
    private readonly JsonTypes types = Shared.GetOrAdd(gate.Key, static (_, gate) => new JsonTypes(MakeOptions(), gate), gate);

    public void Serialize<T>(IBufferWriter<byte> writer, T value)
    {
        // Taken, not shared: a user's converter could call this method recursively.
        var json = idleWriter ?? NewWriter(writer);
        idleWriter = null;
        json.Reset(writer);
        current.BeginWriting();
        try
        {
            JsonSerializer.Serialize(json, value, (JsonTypeInfo<T>)types.Get(typeof(T)));
            json.Flush();
        }
        catch (JsonException exception)
        {
            throw new NotSupportedException(
                $"A {TypeName.Of(typeof(T))} is nested deeper than {MaxDepth} levels (a list declared as object takes two), "
                    + "or contains itself (a cycle), or cannot be written. "
                    + $"Put its nodes into one list, in which they refer to each other by their index. {exception.Message}",
                exception);
        }
        catch (NotSupportedException exception) when (exception.Message.Contains("polymorphic type", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"{exception.Message} Declare the object's own type, or list it with [JsonDerivedType] on the base class.",
                exception);
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("ImmutableArray", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"A {TypeName.Of(typeof(T))} is, or holds, an ImmutableArray<T> that was never made (its IsDefault is true). "
                    + "Use ImmutableArray<T>.Empty instead.",
                exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new NotSupportedException($"A {TypeName.Of(typeof(T))} cannot be written: {exception.Message}", exception);
        }

        idleWriter = json;
    }

    private Utf8JsonWriter NewWriter(IBufferWriter<byte> writer)
        => new(writer, new JsonWriterOptions { Encoder = types.Options.Encoder, MaxDepth = MaxDepth, SkipValidation = true });

    public T Deserialize<T>(ReadOnlySpan<byte> bytes)
    {
        current.BeginReading();
        try
        {
            var info = (JsonTypeInfo<T>)types.Get(typeof(T));
            return ReadBudget.Current is { } budget ? DeserializeWithin(bytes, info, budget)! : JsonSerializer.Deserialize(bytes, info)!;
        }
        catch (Exception exception)
            when (exception is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The JSON is not a {TypeName.Of(typeof(T))}: {Excerpt.Of(exception.Message)}", exception);
        }
    }

    private unsafe T? DeserializeWithin<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> info, ReadBudget budget)
    {
        if (HoldsDocuments.GetOrAdd(typeof(T), static (type, self) => self.TypesIn(type).Any(JsonDocuments.Includes), this))
            budget.Check(JsonDocuments.CostOf(new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth })));
        fixed (byte* start = bytes)
        {
            var pipe = new BudgetedPipe(new SpanMemory(start, bytes.Length).Memory, budget);
            return NestedJson.Result(JsonSerializer.DeserializeAsync(pipe, info));
        }
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
            foreach (var part in JsonParts.Of(types.Get(next)))
                left.Push(part);
        }
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
