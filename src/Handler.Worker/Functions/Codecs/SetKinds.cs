using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;
using System.Text.Json;

namespace Handler.Functions;

/// <summary>The framework's sets. A tag, consisting of kind and comparer, identifies the set type and how it compares its items.</summary>
internal static class SetKinds<T>
{
    private const char Plain = 'H', Sorted = 'S', ReadOnly = 'R', Immutable = 'I', ImmutableSorted = 'J', Frozen = 'F';

    /// <summary>The default tag of a declared type, which is not written; for interfaces it is a plain set.</summary>
    public static string Usual(Type declared)
    {
        var definition = declared.GetGenericTypeDefinition();
        var kind = definition == typeof(SortedSet<>) ? Sorted
            : definition == typeof(ImmutableHashSet<>) ? Immutable
            : definition == typeof(ImmutableSortedSet<>) ? ImmutableSorted
            : definition == typeof(FrozenSet<>) ? Frozen
            : definition == typeof(ReadOnlySet<>) ? ReadOnly
            : Plain;
        return kind == ReadOnly ? $"{ReadOnly}{Plain}" : $"{kind}";
    }

    /// <exception cref="NotSupportedException">The type is not a set of the framework, or has a comparer that cannot be
    /// sent.</exception>
    public static string TagOf(object set, Type declared)
    {
        switch (set)
        {
            case HashSet<T> value when value.GetType() == typeof(HashSet<T>):
                return Plain + ComparerTags.Of(value.Comparer, value.GetType());
            case SortedSet<T> value when value.GetType() == typeof(SortedSet<T>):
                return Sorted + ComparerTags.Of(value.Comparer, value.GetType());
            case ImmutableHashSet<T> value:
                return Immutable + ComparerTags.Of(value.KeyComparer, value.GetType());
            case ImmutableSortedSet<T> value:
                return ImmutableSorted + ComparerTags.Of(value.KeyComparer, value.GetType());
            case FrozenSet<T> value:
                return Frozen + ComparerTags.Of(value.Comparer, value.GetType());
            case ReadOnlySet<T> value when value.GetType() == typeof(ReadOnlySet<T>):
                return ReadOnly + TagOf(Inner(value), typeof(ISet<T>)).TrimStart(ReadOnly);
            default:
                throw new NotSupportedException(
                    $"A {TypeName.Of(set.GetType())} is declared as {TypeName.Of(declared)}, "
                        + "and would come back as one of the framework's sets. "
                        + "Copy it into a HashSet<T> or a SortedSet<T> first, or declare its own type.");
        }
    }

    /// <exception cref="JsonException">The tag or the items do not describe a set.</exception>
    public static object Make(string tag, List<T> items)
    {
        if (tag.Length == 0)
            throw new JsonException("A set's kind is missing.");
        var comparer = tag[1..];
        try
        {
            return tag[0] switch
            {
                Plain => new HashSet<T>(ReadBudget.Watch(items), ComparerTags.Equality<T>(comparer)),
                Sorted => Fill(new SortedSet<T>(ComparerTags.Ordering<T>(comparer)), items),
                Immutable => ImmutableHashSet.CreateRange(ComparerTags.Equality<T>(comparer), ReadBudget.Watch(items)),
                ImmutableSorted => (
                    (ImmutableSortedSet<T>.Builder)Fill(ImmutableSortedSet.CreateBuilder(ComparerTags.Ordering<T>(comparer)), items)
                ).ToImmutable(),
                Frozen => ReadBudget.Watch(items).ToFrozenSet(ComparerTags.Equality<T>(comparer)),
                ReadOnly when comparer.Length > 0 && comparer[0] is not ReadOnly && Make(comparer, items) is ISet<T> inner =>
                    new ReadOnlySet<T>(inner),
                _ => throw new JsonException($"\"{Excerpt.Of(tag)}\" is not a kind of set."),
            };
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new JsonException($"The items are not those of a set: {exception.Message}", exception);
        }
    }

    /// <summary>Adds the items one by one: a constructor would sort them all without checking the budget.</summary>
    private static ISet<T> Fill(ISet<T> sorted, List<T> items)
    {
        foreach (var item in items)
        {
            ReadBudget.Look();
            sorted.Add(item);
        }

        return sorted;
    }

    private static ISet<T> Inner(ReadOnlySet<T> value)
        => (ISet<T>)typeof(ReadOnlySet<T>).GetProperty("Set", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(value)!;
}
