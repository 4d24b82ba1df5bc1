using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks objects while they are written. A declared type is only a lower bound: members that a derived class adds, or the way a collection
/// compares its items, would be lost silently.
/// </summary>
internal static class JsonObjectRules
{
    private static readonly string[] Comparers = ["Comparer", "KeyComparer", "ValueComparer"];

    [ThreadStatic]
    private static bool isComparing;

    public static void Attach(JsonTypeInfo info)
    {
        var type = info.Type;
        if (type.IsInterface)
        {
            if (info.Kind != JsonTypeInfoKind.Object)
                info.OnSerializing += value => RequireSequence(value, type);
            return;
        }

        if (!type.IsValueType && !type.IsArray && !type.IsSealed)
            info.OnSerializing += value => RequireType(value, type);
        if (info.Kind == JsonTypeInfoKind.Object)
            return;
        foreach (var name in Comparers)
        {
            if (type.GetProperty(name) is { PropertyType.IsGenericType: true } comparer)
                info.OnSerializing += value => RequireOwn(value, comparer, info);
        }

        if (!type.IsArray && !FrameworkAssemblies.IsFramework(type.Assembly))
            info.OnSerializing += value => RequireSame(value, info);
    }

    /// <summary>A sequence comes back as a list, which finds its items with the default comparer.</summary>
    public static void RequireUsualComparer(object value, Type declared)
    {
        foreach (var name in Comparers)
        {
            if (value.GetType().GetProperty(name) is { PropertyType.IsGenericType: true } property
                && property.GetValue(value) is { } comparer
                && !IsUsual(comparer, property))
                throw new NotSupportedException(
                    $"A {TypeName.Of(value.GetType())} with a custom comparer is declared as {TypeName.Of(declared)}, "
                        + "and would come back as a list without it. Declare its own type.");
        }
    }

    private static void RequireType(object value, Type declared)
    {
        if (value.GetType() == declared)
            return;
        throw JsonDerivedTypes.WhyLeftOut(value.GetType()) is { } reason
            ? new NotSupportedException(
                $"A {TypeName.Of(value.GetType())} is declared as {TypeName.Of(declared)}, and cannot be sent. {reason}")
            : new NotSupportedException(
                $"A {TypeName.Of(value.GetType())} is declared as {TypeName.Of(declared)}, and what it adds would be lost. "
                    + "Declare its own type, or list it with [JsonDerivedType].");
    }

    /// <summary>A sequence comes back as a list. That is equivalent if all its items already exist.</summary>
    private static void RequireSequence(object value, Type declared)
    {
        if (ProcessBoundTypes.IsLazySequence(value))
            throw new NotSupportedException(
                $"A {TypeName.Of(value.GetType())}, declared as {TypeName.Of(declared)}, is computed while it is read. "
                    + "Call ToList() or ToArray() first.");
        if (declared.GetGenericTypeDefinition() == typeof(ICollection<>) && TakesNoEqualItems(value))
            throw new NotSupportedException(
                $"A {TypeName.Of(value.GetType())} is declared as {TypeName.Of(declared)}, "
                    + "and would come back as a list, which takes equal items. Declare it as a set or a dictionary, or call ToList() first."
            );
        RequireUsualComparer(value, declared);
    }

    private static bool TakesNoEqualItems(object value)
        => value is IDictionary
        || Array.Exists(value.GetType().GetInterfaces(), static type =>
            type.IsGenericType
            && (type.GetGenericTypeDefinition() == typeof(ISet<>) || type.GetGenericTypeDefinition() == typeof(IDictionary<,>)));

    /// <summary>A user-defined collection class comes back with the comparer that its constructor sets.</summary>
    private static void RequireOwn(object value, PropertyInfo property, JsonTypeInfo info)
    {
        var comparer = property.GetValue(value);
        if (comparer is null
            || IsUsual(comparer, property)
            || (info.CreateObject is { } create && comparer.Equals(property.GetValue(create()))))
            return;
        throw new NotSupportedException(
            $"A {TypeName.Of(value.GetType())} has a custom comparer ({TypeName.Of(comparer.GetType())}), which cannot be sent. "
                + "Let the constructor without parameters set it, "
                + "or copy it into one with the default comparer and create the custom one inside the function.");
    }

    /// <summary>A user-defined collection class may change the items that are added to it.</summary>
    private static void RequireSame(object value, JsonTypeInfo info)
    {
        if (isComparing)
            return;
        isComparing = true;
        try
        {
            using var before = JsonSerializer.SerializeToDocument(value, info);
            using var after = JsonSerializer.SerializeToDocument(before.RootElement.Deserialize(info), info);
            if (!JsonExact.Same(before.RootElement, after.RootElement))
                throw new NotSupportedException(
                    $"A {TypeName.Of(info.Type)} would come back with other items, because it changes what is added to it. "
                        + "Copy the items into a List<T>, a Dictionary<TKey, TValue> or an array, or give it a [JsonConverter].");
        }
        finally
        {
            isComparing = false;
        }
    }

    private static bool IsUsual(object comparer, PropertyInfo property)
    {
        var compared = property.PropertyType.GetGenericArguments()[0];
        if (compared == typeof(string) && comparer == StringComparer.Ordinal && property.PropertyType == typeof(IEqualityComparer<string>))
            return true;
        var helper =
            property.PropertyType.GetGenericTypeDefinition() == typeof(IComparer<>) ? typeof(Comparer<>) : typeof(EqualityComparer<>);
        return comparer.Equals(
            helper.MakeGenericType(compared).GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null));
    }
}
