using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// What the JSON serializer knows of types. Immutable sets and dictionaries are made here: the serializer makes them in one go after all their items are read, which for items with equal
/// hash codes takes time by the square of their number, and nothing could look at the <see cref="ReadBudget"/> meanwhile.
/// </summary>
internal sealed class JsonTypes : DefaultJsonTypeInfoResolver
{
    private const int ItemsBetweenLooks = 16;

    public JsonTypes() => Modifiers.Add(JsonTypeRules.Apply);

    public override JsonTypeInfo GetTypeInfo(Type type, JsonSerializerOptions options)
    {
        var definition = JsonCollectionRules.Definition(type);
        var maker = definition == typeof(ImmutableHashSet<>) ? nameof(MakeSet) : definition == typeof(ImmutableDictionary<,>) ? nameof(MakeDictionary) : null;
        if (maker is null)
            return base.GetTypeInfo(type, options);
        var info = (JsonTypeInfo)typeof(JsonTypes).GetMethod(maker, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type.GetGenericArguments())
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [options], null)!;
        info.OriginatingResolver = this;
        JsonTypeRules.Apply(info);
        return info;
    }

    /// <summary>Whether a type is a JSON document, which is read in one go.</summary>
    public static bool IsDocument(Type type) => type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(type);

    private static JsonTypeInfo MakeSet<T>(JsonSerializerOptions options)
        => JsonMetadataServices.CreateImmutableEnumerableInfo<ImmutableHashSet<T>, T>(options, new JsonCollectionInfoValues<ImmutableHashSet<T>>(), static items =>
        {
            var set = ImmutableHashSet.CreateBuilder<T>();
            var count = 0;
            foreach (var item in items)
            {
                set.Add(item);
                LookAfter(++count);
            }

            return set.ToImmutable();
        });

    private static JsonTypeInfo MakeDictionary<TKey, TValue>(JsonSerializerOptions options)
        where TKey : notnull
        => JsonMetadataServices.CreateImmutableDictionaryInfo<ImmutableDictionary<TKey, TValue>, TKey, TValue>(options, new JsonCollectionInfoValues<ImmutableDictionary<TKey, TValue>>(), static items =>
        {
            var dictionary = ImmutableDictionary.CreateBuilder<TKey, TValue>();
            var count = 0;
            foreach (var (key, value) in items)
            {
                dictionary[key] = value;
                LookAfter(++count);
            }

            return dictionary.ToImmutable();
        });

    private static void LookAfter(int count)
    {
        if (count % ItemsBetweenLooks == 0)
            ReadBudget.Current?.Check();
    }
}
