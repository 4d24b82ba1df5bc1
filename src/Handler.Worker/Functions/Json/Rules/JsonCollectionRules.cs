using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// The collections that JSON reproduces exactly. Others would lose their order (stacks), their limits, or what a user-defined class adds.
/// </summary>
internal static class JsonCollectionRules
{
    private const string Advice = "Use a List<T>, a Dictionary<TKey, TValue> or an array, or give it a [JsonConverter].";

    private static readonly HashSet<Type> Carried =
    [
        // Collections with a comparer have converters in this project; they are listed here only as base classes.
        typeof(List<>),
        typeof(HashSet<>),
        typeof(Queue<>),
        typeof(LinkedList<>),
        typeof(SortedSet<>),
        typeof(Collection<>),
        typeof(ObservableCollection<>),
        typeof(ConcurrentQueue<>),
        typeof(ImmutableArray<>),
        typeof(ImmutableList<>),
        typeof(ImmutableQueue<>),
        typeof(Memory<>),
        typeof(ReadOnlyMemory<>),
        typeof(Dictionary<,>),
        typeof(SortedDictionary<,>),
        typeof(SortedList<,>),
        typeof(ConcurrentDictionary<,>),
        typeof(ICollection<>),
        typeof(IList<>),
        typeof(IReadOnlyCollection<>),
        typeof(IReadOnlyList<>),
    ];

    /// <summary>The F# collections, which are immutable and compare as F# does.</summary>
    private static readonly HashSet<string> CarriedOfFSharp =
    [
        "Microsoft.FSharp.Collections.FSharpList`1",
        "Microsoft.FSharp.Collections.FSharpSet`1",
        "Microsoft.FSharp.Collections.FSharpMap`2",
    ];

    public static void Check(JsonTypeInfo info)
    {
        var type = info.Type;
        if (info.KeyType is { } key && !IsKey(key))
            throw new NotSupportedException(
                $"{TypeName.Of(type)} has keys of type {TypeName.Of(key)}; "
                    + "JSON carries only strings, numbers, enums, dates and similar types as keys. Use a list of pairs.");
        if (type.IsSZArray
            || Carried.Contains(Definition(type))
            || (Definition(type).FullName is { } name && CarriedOfFSharp.Contains(name)))
            return;
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (Carried.Contains(Definition(current)))
            {
                if (info.CreateObject is null)
                    throw new NotSupportedException(
                        $"{TypeName.Of(type)} cannot be made again: a collection class needs a public constructor without parameters. "
                            + "Give it one, or copy the items into a List<T>, a Dictionary<TKey, TValue> or an array.");
                return;
            }

            if (current.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                is [var field, ..])
                throw new NotSupportedException(
                    $"{TypeName.Of(type)} is a collection that JSON does not reproduce exactly (it would lose {field.Name}). "
                        + Remedy.For(type, Advice));
        }

        throw new NotSupportedException(
            $"{TypeName.Of(type)} is a collection that JSON does not reproduce exactly. {Remedy.For(type, Advice)}");
    }

    public static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    /// <summary>Whether values of a type can be property names in JSON.</summary>
    public static bool IsKey(Type type)
        => type.IsEnum
        || type == typeof(Uri)
        || type == typeof(Version)
        || type == typeof(Half)
        || type == typeof(Int128)
        || type == typeof(UInt128)
        || (PrimitiveCodecs.For(type) is not null && !type.IsArray && !type.IsGenericType);
}
