using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;

namespace Handler.Functions;

/// <summary>Framework types that are nothing but data, so that a payload may name them as the type of a value.</summary>
internal static class PlainTypes
{
    private static readonly HashSet<Type> Types =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string),
        typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(Uri),
        typeof(Version), typeof(BigInteger), typeof(Vector2), typeof(Vector3), typeof(Vector4), typeof(DayOfWeek), typeof(DateTimeKind),
        typeof(StringComparison), typeof(Unit),
        typeof(Nullable<>), typeof(KeyValuePair<,>), typeof(Memory<>), typeof(ReadOnlyMemory<>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>), typeof(Tuple<,,,,,>), typeof(Tuple<,,,,,,>), typeof(Tuple<,,,,,,,>),
        typeof(ValueTuple), typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>),
        typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>),
        typeof(IEnumerable<>), typeof(ICollection<>), typeof(IList<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(ISet<>), typeof(IReadOnlySet<>),
        typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
        typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(Queue<>), typeof(LinkedList<>), typeof(SortedSet<>), typeof(SortedDictionary<,>), typeof(SortedList<,>),
        typeof(Collection<>), typeof(ObservableCollection<>), typeof(ConcurrentQueue<>), typeof(ConcurrentDictionary<,>),
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableQueue<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    public static bool Contains(Type type) => Types.Contains(type) || type.FullName is "System.Text.Json.JsonElement" or "System.Text.Json.Nodes.JsonObject" or "System.Text.Json.Nodes.JsonArray";
}
