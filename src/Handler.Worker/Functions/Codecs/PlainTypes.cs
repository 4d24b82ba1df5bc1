using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;

namespace Handler.Functions;

/// <summary>Framework types that are pure data, so a payload may name them as the type of a value.</summary>
internal static class PlainTypes
{
    private static readonly HashSet<Type> Types =
    [
        typeof(bool),
        typeof(byte),
        typeof(sbyte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(Int128),
        typeof(UInt128),
        typeof(Half),
        typeof(float),
        typeof(double),
        typeof(decimal),
        typeof(char),
        typeof(string),
        typeof(Guid),
        typeof(DateTime),
        typeof(DateTimeOffset),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
        typeof(Uri),
        typeof(Version),
        typeof(BigInteger),
        typeof(Vector2),
        typeof(Vector3),
        typeof(Vector4),
        typeof(NoValue),
        typeof(object), // only plain values can be declared as object
        typeof(Nullable<>),
        typeof(KeyValuePair<,>),
        typeof(Memory<>),
        typeof(ReadOnlyMemory<>),
        typeof(Tuple<>),
        typeof(Tuple<,>),
        typeof(Tuple<,,>),
        typeof(Tuple<,,,>),
        typeof(Tuple<,,,,>),
        typeof(Tuple<,,,,,>),
        typeof(Tuple<,,,,,,>),
        typeof(Tuple<,,,,,,,>),
        typeof(ValueTuple),
        typeof(ValueTuple<>),
        typeof(ValueTuple<,>),
        typeof(ValueTuple<,,>),
        typeof(ValueTuple<,,,>),
        typeof(ValueTuple<,,,,>),
        typeof(ValueTuple<,,,,,>),
        typeof(ValueTuple<,,,,,,>),
        typeof(ValueTuple<,,,,,,,>),
        typeof(IEnumerable<>),
        typeof(ICollection<>),
        typeof(IList<>),
        typeof(IReadOnlyCollection<>),
        typeof(IReadOnlyList<>),
        typeof(ISet<>),
        typeof(IReadOnlySet<>),
        typeof(IDictionary<,>),
        typeof(IReadOnlyDictionary<,>),
        typeof(List<>),
        typeof(Dictionary<,>),
        typeof(HashSet<>),
        typeof(Queue<>),
        typeof(LinkedList<>),
        typeof(SortedSet<>),
        typeof(SortedDictionary<,>),
        typeof(SortedList<,>),
        typeof(Collection<>),
        typeof(ObservableCollection<>),
        typeof(ConcurrentQueue<>),
        typeof(ConcurrentDictionary<,>),
        typeof(ImmutableArray<>),
        typeof(ImmutableList<>),
        typeof(ImmutableQueue<>),
        typeof(ImmutableHashSet<>),
        typeof(ImmutableSortedSet<>),
        typeof(ImmutableDictionary<,>),
        typeof(ImmutableSortedDictionary<,>),
    ];

    /// <summary>By name, so that their assemblies are not loaded before a payload needs them.</summary>
    private static readonly HashSet<string> Names =
    [
        "System.Numerics.Matrix3x2",
        "System.Numerics.Matrix4x4",
        "System.Numerics.Quaternion",
        "System.Numerics.Plane",
        "Microsoft.FSharp.Collections.FSharpList`1",
        "Microsoft.FSharp.Collections.FSharpSet`1",
        "Microsoft.FSharp.Collections.FSharpMap`2",
        "Microsoft.FSharp.Core.FSharpOption`1",
        "Microsoft.FSharp.Core.FSharpValueOption`1",
        "Microsoft.FSharp.Core.FSharpRef`1",
        "System.Text.Json.JsonElement",
        "System.Text.Json.Nodes.JsonObject",
        "System.Text.Json.Nodes.JsonArray",
        "System.Text.Json.Nodes.JsonValue",
    ];

    public static bool Contains(Type type)
        => Types.Contains(type) || (type.IsEnum && FrameworkAssemblies.IsFramework(type.Assembly)) || FrameworkConverters.Handles(type)
            || (type.FullName is { } name && Names.Contains(name) && FrameworkAssemblies.IsFramework(type.Assembly));
}
