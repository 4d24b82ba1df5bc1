using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;
using System.Text.Json;

namespace Handler.Functions;

/// <summary>
/// The framework's dictionaries. A tag, consisting of kind and comparer, identifies the dictionary type and how it compares its keys.
/// </summary>
internal static class DictionaryKinds<TKey, TValue>
    where TKey : notnull
{
    private const char Plain = 'D',
        Sorted = 'S',
        SortedLists = 'L',
        Concurrent = 'C',
        ReadOnly = 'R',
        Immutable = 'I',
        ImmutableSorted = 'J',
        Frozen = 'F';

    /// <summary>The default tag of a declared type, which is not written; for interfaces it is a plain dictionary.</summary>
    public static string Usual(Type declared)
    {
        var definition = declared.GetGenericTypeDefinition();
        var kind = definition == typeof(SortedDictionary<,>) ? Sorted
            : definition == typeof(SortedList<,>) ? SortedLists
            : definition == typeof(ConcurrentDictionary<,>) ? Concurrent
            : definition == typeof(ImmutableDictionary<,>) ? Immutable
            : definition == typeof(ImmutableSortedDictionary<,>) ? ImmutableSorted
            : definition == typeof(FrozenDictionary<,>) ? Frozen
            : definition == typeof(ReadOnlyDictionary<,>) ? ReadOnly
            : Plain;
        return kind == ReadOnly ? $"{ReadOnly}{Plain}" : $"{kind}";
    }

    /// <exception cref="NotSupportedException">The type is not a dictionary of the framework, or has a comparer that cannot be
    /// sent.</exception>
    public static string TagOf(object dictionary, Type declared)
    {
        switch (dictionary)
        {
            case Dictionary<TKey, TValue> value when value.GetType() == typeof(Dictionary<TKey, TValue>):
                return Plain + ComparerTags.Of(value.Comparer, value.GetType());
            case SortedDictionary<TKey, TValue> value when value.GetType() == typeof(SortedDictionary<TKey, TValue>):
                return Sorted + ComparerTags.Of(value.Comparer, value.GetType());
            case SortedList<TKey, TValue> value when value.GetType() == typeof(SortedList<TKey, TValue>):
                return SortedLists + ComparerTags.Of(value.Comparer, value.GetType());
            case ConcurrentDictionary<TKey, TValue> value when value.GetType() == typeof(ConcurrentDictionary<TKey, TValue>):
                return Concurrent + ComparerTags.Of(value.Comparer, value.GetType());
            case ImmutableDictionary<TKey, TValue> value when ComparerTags.Of(value.ValueComparer, value.GetType()) == ComparerTags.Default:
                return Immutable + ComparerTags.Of(value.KeyComparer, value.GetType());
            case ImmutableSortedDictionary<TKey, TValue> value
                when ComparerTags.Of(value.ValueComparer, value.GetType()) == ComparerTags.Default:
                return ImmutableSorted + ComparerTags.Of(value.KeyComparer, value.GetType());
            case FrozenDictionary<TKey, TValue> value:
                return Frozen + ComparerTags.Of(value.Comparer, value.GetType());
            case ReadOnlyDictionary<TKey, TValue> value when value.GetType() == typeof(ReadOnlyDictionary<TKey, TValue>):
                var inner = Inner(value);
                return ReadOnly + TagOf(inner, typeof(IDictionary<TKey, TValue>)).TrimStart(ReadOnly);
            case ImmutableDictionary<TKey, TValue> or ImmutableSortedDictionary<TKey, TValue>:
                throw new NotSupportedException(
                    $"A {TypeName.Of(dictionary.GetType())} with a comparer of its values cannot be sent. "
                        + "Use the one without it that WithComparers(dictionary.KeyComparer, null) makes, "
                        + "and compare values inside the function.");
            default:
                throw new NotSupportedException(
                    $"A {TypeName.Of(dictionary.GetType())} is declared as {TypeName.Of(declared)}, "
                        + "and would come back as one of the framework's dictionaries. "
                        + "Copy it into a Dictionary<TKey, TValue> first, or declare its own type.");
        }
    }

    /// <exception cref="JsonException">The tag or the items do not describe a dictionary.</exception>
    public static object Make(string tag, List<KeyValuePair<TKey, TValue>> items)
    {
        if (tag.Length == 0)
            throw new JsonException("A dictionary's kind is missing.");
        var comparer = tag[1..];
        try
        {
            switch (tag[0])
            {
                case Plain:
                    return new Dictionary<TKey, TValue>(ReadBudget.Watch(items), ComparerTags.Equality<TKey>(comparer));
                case Sorted:
                    return Fill(new SortedDictionary<TKey, TValue>(ComparerTags.Ordering<TKey>(comparer)), items);
                case SortedLists:
                    return Fill(new SortedList<TKey, TValue>(ComparerTags.Ordering<TKey>(comparer)), items);
                case Concurrent:
                    return new ConcurrentDictionary<TKey, TValue>(ReadBudget.Watch(items), ComparerTags.Equality<TKey>(comparer));
                case Immutable:
                    return ImmutableDictionary.CreateRange(ComparerTags.Equality<TKey>(comparer), ReadBudget.Watch(items));
                case ImmutableSorted:
                    return ((ImmutableSortedDictionary<TKey, TValue>.Builder)Fill(
                            ImmutableSortedDictionary.CreateBuilder<TKey, TValue>(ComparerTags.Ordering<TKey>(comparer)),
                            items)
                    ).ToImmutable();
                case Frozen:
                    return ReadBudget.Watch(items).ToFrozenDictionary(ComparerTags.Equality<TKey>(comparer));
                case ReadOnly
                    when comparer.Length > 0 && comparer[0] is not ReadOnly && Make(comparer, items) is IDictionary<TKey, TValue> inner:
                    return new ReadOnlyDictionary<TKey, TValue>(inner);
                default:
                    throw new JsonException($"\"{Excerpt.Of(tag)}\" is not a kind of dictionary.");
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new JsonException($"The items are not those of a dictionary: {exception.Message}", exception);
        }
    }

    /// <summary>Adds the items one by one: a constructor would sort them all without checking the budget.</summary>
    private static IDictionary<TKey, TValue> Fill(IDictionary<TKey, TValue> dictionary, List<KeyValuePair<TKey, TValue>> items)
    {
        foreach (var (key, value) in items)
        {
            ReadBudget.Look();
            dictionary.Add(key, value);
        }

        return dictionary;
    }

    private static IDictionary<TKey, TValue> Inner(ReadOnlyDictionary<TKey, TValue> value)
        => (IDictionary<TKey, TValue>)
            typeof(ReadOnlyDictionary<TKey, TValue>)
                .GetProperty("Dictionary", BindingFlags.Instance | BindingFlags.NonPublic)!
                .GetValue(value)!;
}
