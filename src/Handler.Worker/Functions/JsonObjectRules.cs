using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks objects while they are written. A declared type only says what an object is at least: what a derived class adds, or how a
/// dictionary compares its keys, would be lost without a word.
/// </summary>
internal static class JsonObjectRules
{
    public static void Attach(JsonTypeInfo info)
    {
        var type = info.Type;
        if (type.IsInterface)
            AttachToInterface(info);
        else if (!type.IsValueType && !type.IsArray && !type.IsSealed)
            info.OnSerializing += value => RequireType(value, type);

        if (type.IsInterface || info.Kind == JsonTypeInfoKind.Object)
            return;
        foreach (var name in (string[])["Comparer", "KeyComparer", "ValueComparer"])
        {
            if (type.GetProperty(name) is { PropertyType.IsGenericType: true } comparer)
                info.OnSerializing += value => RequireDefault(value, comparer);
        }
    }

    private static void AttachToInterface(JsonTypeInfo info)
    {
        var type = info.Type;
        if (info.Kind == JsonTypeInfoKind.Object)
            return;
        var definition = JsonCollectionRules.Definition(type);
        if (definition == typeof(ISet<>) || definition == typeof(IReadOnlySet<>))
            info.OnSerializing += value => RequireDefinition(value, type, typeof(HashSet<>));
        else if (info.Kind == JsonTypeInfoKind.Dictionary)
            info.OnSerializing += value => RequireDefinition(value, type, typeof(Dictionary<,>));
        else
            info.OnSerializing += value => RequireSequence(value, type);
    }

    private static void RequireType(object value, Type declared)
    {
        if (value.GetType() != declared)
            throw new NotSupportedException($"A {TypeName.Of(value.GetType())} is declared as {TypeName.Of(declared)}, and what it adds would be lost. Declare its own type, or list it with [JsonDerivedType].");
    }

    private static void RequireDefinition(object value, Type declared, Type definition)
    {
        var type = value.GetType();
        if (JsonCollectionRules.Definition(type) != definition)
            throw new NotSupportedException($"A {TypeName.Of(type)} is declared as {TypeName.Of(declared)} and would come back as a plain {TypeName.Of(definition)}. Declare its own type.");
        RequireDefault(value, type.GetProperty("Comparer")!);
    }

    /// <summary>A sequence comes back as a list: all the same, if all its items are there already.</summary>
    private static void RequireSequence(object value, Type declared)
    {
        if (ProcessBoundTypes.IsLazySequence(value) || !IsCounted(value))
            throw new NotSupportedException($"A {TypeName.Of(value.GetType())}, declared as {TypeName.Of(declared)}, is computed while it is read. Call ToList() or ToArray() first.");
    }

    private static bool IsCounted(object value)
    {
        if (value is ICollection)
            return true;
        foreach (var implemented in value.GetType().GetInterfaces())
        {
            var definition = JsonCollectionRules.Definition(implemented);
            if (definition == typeof(IReadOnlyCollection<>) || definition == typeof(ICollection<>))
                return true;
        }

        return false;
    }

    private static void RequireDefault(object value, PropertyInfo property)
    {
        var comparer = property.GetValue(value);
        if (comparer is null || comparer == StringComparer.Ordinal && property.PropertyType == typeof(IEqualityComparer<string>))
            return;
        var compared = property.PropertyType.GetGenericArguments()[0];
        var helper = property.PropertyType.GetGenericTypeDefinition() == typeof(IComparer<>) ? typeof(Comparer<>) : typeof(EqualityComparer<>);
        var standard = helper.MakeGenericType(compared).GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null);
        if (!comparer.Equals(standard))
            throw new NotSupportedException($"A {TypeName.Of(value.GetType())} has a comparer of its own ({TypeName.Of(comparer.GetType())}), which JSON does not carry. Copy it into one with the default comparer, and make the special one inside the function.");
    }
}
