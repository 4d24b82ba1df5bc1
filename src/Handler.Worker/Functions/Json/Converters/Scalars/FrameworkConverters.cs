using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>
/// Creates the converters of framework types that the serializer itself would write incompletely or not at all. Types are identified by
/// name, so a process that never sees a Regex does not have to load its assembly.
/// </summary>
internal sealed class FrameworkConverters : JsonConverterFactory
{
    private static readonly Dictionary<string, Func<JsonConverter>> Values = new(StringComparer.Ordinal)
    {
        ["System.Text.RegularExpressions.Regex"] = FrameworkValues.Regex,
        ["System.Globalization.CultureInfo"] = FrameworkValues.CultureInfo,
        ["System.Net.IPAddress"] = FrameworkValues.IPAddress,
        ["System.Net.IPEndPoint"] = FrameworkValues.IPEndPoint,
        ["System.Net.IPNetwork"] = FrameworkValues.IPNetwork,
        ["System.Numerics.Complex"] = FrameworkValues.Complex,
        ["System.Index"] = FrameworkValues.Index,
        ["System.Range"] = FrameworkValues.Range,
        ["System.Text.Rune"] = FrameworkValues.Rune,
        ["System.Collections.BitArray"] = FrameworkValues.BitArray,
        ["System.Text.StringBuilder"] = FrameworkValues.StringBuilder,
        ["System.Text.Encoding"] = FrameworkValues.Encoding<Encoding>,
        ["System.Text.UTF8Encoding"] = FrameworkValues.Encoding<UTF8Encoding>,
        ["System.Text.UnicodeEncoding"] = FrameworkValues.Encoding<UnicodeEncoding>,
        ["System.Text.UTF32Encoding"] = FrameworkValues.Encoding<UTF32Encoding>,
        ["System.TimeZoneInfo"] = FrameworkValues.TimeZoneInfo,
        ["System.StringComparer"] = FrameworkValues.StringComparer,
    };

    /// <summary>By generic type definition: the generic type of the converter, or the name of the method that creates it.</summary>
    private static readonly Dictionary<string, object> Containers = new(StringComparer.Ordinal)
    {
        ["System.Collections.Generic.Dictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Generic.SortedDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Generic.SortedList`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Concurrent.ConcurrentDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.ObjectModel.ReadOnlyDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Immutable.ImmutableDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Immutable.ImmutableSortedDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Frozen.FrozenDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Generic.IDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Generic.IReadOnlyDictionary`2"] = typeof(DictionaryConverter<,,>),
        ["System.Collections.Generic.HashSet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Generic.SortedSet`1"] = typeof(SetConverter<,>),
        ["System.Collections.ObjectModel.ReadOnlySet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Immutable.ImmutableHashSet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Immutable.ImmutableSortedSet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Frozen.FrozenSet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Generic.ISet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Generic.IReadOnlySet`1"] = typeof(SetConverter<,>),
        ["System.Collections.Generic.Stack`1"] = nameof(SequenceConverters.Stack),
        ["System.Collections.Concurrent.ConcurrentStack`1"] = nameof(SequenceConverters.ConcurrentStack),
        ["System.Collections.Concurrent.ConcurrentBag`1"] = nameof(SequenceConverters.ConcurrentBag),
        ["System.Collections.Immutable.ImmutableStack`1"] = nameof(SequenceConverters.ImmutableStack),
        ["System.ArraySegment`1"] = nameof(SequenceConverters.ArraySegment),
        ["System.Collections.ObjectModel.ReadOnlyCollection`1"] = nameof(SequenceConverters.ReadOnlyCollection),
        ["System.Collections.Generic.PriorityQueue`2"] = nameof(SequenceConverters.PriorityQueue),
        ["System.Collections.Generic.IEnumerable`1"] = typeof(EnumerableConverter<>),
        ["System.Collections.Generic.EqualityComparer`1"] = typeof(EqualityComparerConverter<,>),
        ["System.Collections.Generic.IEqualityComparer`1"] = typeof(EqualityComparerConverter<,>),
        ["System.Collections.Generic.Comparer`1"] = typeof(ComparerConverter<,>),
        ["System.Collections.Generic.IComparer`1"] = typeof(ComparerConverter<,>),
    };

    /// <summary>Whether a type (or its generic type definition) is a framework type with one of these converters.</summary>
    public static bool Handles(Type type)
        => type.FullName is { } name
        && (type.IsGenericType ? Containers.ContainsKey(name) : Values.ContainsKey(name))
        && FrameworkAssemblies.IsFramework(type.Assembly);

    public override bool CanConvert(Type typeToConvert)
        => (typeToConvert.IsArray && !typeToConvert.IsSZArray)
        || Handles(typeToConvert.IsGenericType ? typeToConvert.GetGenericTypeDefinition() : typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        if (typeToConvert.IsArray)
            return Make(typeof(MultiArrayConverter<,>), [typeToConvert, typeToConvert.GetElementType()!], options);
        if (!typeToConvert.IsGenericType)
            return Values[typeToConvert.FullName!]();
        var arguments = typeToConvert.GetGenericArguments();
        return Containers[typeToConvert.GetGenericTypeDefinition().FullName!] switch
        {
            Type converter when converter.GetConstructor([]) is not null => Make(converter, [typeToConvert, .. arguments]),
            Type converter => Make(
                converter,
                converter.GetGenericArguments().Length > arguments.Length ? [typeToConvert, .. arguments] : arguments,
                options),
            string method => (JsonConverter)
                typeof(SequenceConverters)
                    .GetMethod(method)!
                    .MakeGenericMethod(arguments)
                    .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [options], null)!,
            _ => throw new InvalidOperationException(),
        };
    }

    private static JsonConverter Make(Type definition, Type[] arguments, params object[] parameters)
        => (JsonConverter)Activator.CreateInstance(definition.MakeGenericType(arguments), parameters)!;
}
