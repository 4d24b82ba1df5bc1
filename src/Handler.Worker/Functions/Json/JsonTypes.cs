using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// The types that the JSON serializer knows. Each type is checked, together with all types that it declares to hold, before the serializer
/// follows it. The serializer recurses into each member, does not terminate if the types do not, and needs some 15 KiB of stack for each
/// level that an exception passes through.
/// </summary>
internal sealed class JsonTypes : IJsonTypeInfoResolver
{
    private readonly DefaultJsonTypeInfoResolver resolver = new();
    private readonly ConcurrentDictionary<Type, JsonTypeInfo> made = new();
    private readonly ConcurrentDictionary<Type, JsonTypeInfo> ready = new();
    private readonly ConcurrentDictionary<Type, bool> passed = new();

    /// <param name="options">The options, except the type resolver, which is this object.</param>
    /// <param name="gate">Decides which types may be read.</param>
    public JsonTypes(JsonSerializerOptions options, TypeGate gate)
    {
        resolver.Modifiers.Add(info => JsonTypeRules.Apply(info, gate));
        Options = options;
        options.TypeInfoResolver = this;
        options.MakeReadOnly();
    }

    public JsonSerializerOptions Options { get; }

    /// <summary>A type as the serializer sees it.</summary>
    /// <exception cref="NotSupportedException">Values of the type, or of a type that it declares to hold, would lose data; the message says
    /// which.</exception>
    public JsonTypeInfo Get(Type type)
    {
        if (ready.TryGetValue(type, out var info))
            return info;
        Check(type);
        return ready.GetOrAdd(type, Options.GetTypeInfo(type));
    }

    /// <summary>Called by the serializer.</summary>
    JsonTypeInfo? IJsonTypeInfoResolver.GetTypeInfo(Type type, JsonSerializerOptions options) => Made(type);

    private JsonTypeInfo Made(Type type)
        => made.TryGetValue(type, out var info) ? info : made.GetOrAdd(type, resolver.GetTypeInfo(type, Options));

    private void Check(Type type)
    {
        var seen = new HashSet<Type>();
        var left = new Stack<Type>([type]);
        while (left.TryPop(out var next))
        {
            if (passed.ContainsKey(next) || !seen.Add(next))
                continue;
            if (seen.Count > MaxTypes)
                throw new NotSupportedException(
                    $"{TypeName.Of(type)} refers to more than {MaxTypes} types, those of its members' members included. "
                        + "Copy what the function needs into a type that refers to fewer.");
            foreach (var part in JsonParts.Of(Made(next)).Reverse())
                left.Push(part);
        }

        foreach (var each in seen)
            passed.TryAdd(each, true);
    }
}
