using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Looks whether an object would come back the same where its accessors or its constructor do more than keep a value: it is made once more
/// from its members, as the reader would make it, and the fields of both are compared. Types that only keep values are known by their code
/// and cost nothing.
/// </summary>
internal sealed class JsonRoundTrip
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly JsonTypeInfo info;
    private readonly ConstructorInvoker? constructor;
    private readonly JsonPropertyInfo[] arguments;
    private readonly JsonPropertyInfo[] setters;
    private readonly FieldInfo[] fields;
    private readonly FieldInfo[] overridden;

    private JsonRoundTrip(JsonTypeInfo info, FieldInfo[] fields)
    {
        this.info = info;
        this.fields = fields;
        overridden = [.. OverriddenFields(fields)];
        var parameters = new SortedDictionary<int, JsonPropertyInfo>();
        foreach (var property in info.Properties)
        {
            if (property.AssociatedParameter is { } parameter)
                parameters[parameter.Position] = property;
        }

        arguments = info.CreateObject is null ? [.. parameters.Values] : [];
        constructor = info.CreateObject is null && info.ConstructorAttributeProvider is ConstructorInfo made ? ConstructorInvoker.Create(made) : null;
        setters = [.. info.Properties.Where(property => property is { Set: not null, Get: not null } && !arguments.Contains(property)).OrderBy(property => property.Order)];
    }

    public static void Attach(JsonTypeInfo info)
    {
        var fields = FieldsOf(info.Type);
        if (fields.Length == 0 || OnlyKeepsValues(info, fields) || (info.CreateObject is null && info.ConstructorAttributeProvider is not ConstructorInfo))
            return;
        var check = new JsonRoundTrip(info, fields);
        info.OnSerializing += check.Require;
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type; current is not null && current != typeof(object) && current != typeof(ValueType); current = current.BaseType)
            fields.AddRange(current.GetFields(Own).Where(field => !field.IsDefined(typeof(NonSerializedAttribute), inherit: false)));
        return [.. fields];
    }

    private void Require(object value)
    {
        var copy = Copy(value);
        foreach (var field in fields)
        {
            if (!Same(field.GetValue(value), field.GetValue(copy), overridden.Contains(field)))
                throw new NotSupportedException($"{TypeName.Of(info.Type)} would come back different: {Difference(field)} give the type a [JsonConverter], or copy what the function needs into a type of its own.");
        }
    }

    private string Difference(FieldInfo field)
    {
        var property = JsonStateRules.PropertyName(field);
        return overridden.Contains(field)
            ? $"the property {property} of {TypeName.Of(field.DeclaringType!)} has a value of its own, which the property that overrides it hides. Let the overriding one call base.{property},"
            : $"its {(property is null ? $"field {field.Name}" : $"property {property}")} does not get the value again that it has, because an accessor or the constructor changes it. Let them keep the value as it is,";
    }

    /// <summary>The fields of properties that others override, which have a field of their own.</summary>
    private static IEnumerable<FieldInfo> OverriddenFields(FieldInfo[] fields)
        => fields.GroupBy(JsonStateRules.PropertyName).Where(group => group.Key is not null).SelectMany(group => group.Skip(1));

    private object Copy(object value)
    {
        try
        {
            object copy;
            if (constructor is null)
            {
                copy = info.CreateObject!();
            }
            else
            {
                var values = new object?[arguments.Length];
                for (var i = 0; i < values.Length; i++)
                    values[i] = arguments[i].Get!(value);
                copy = constructor.Invoke(values.AsSpan());
            }

            foreach (var property in setters)
                property.Set!(copy, property.Get!(value));
            return copy;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new NotSupportedException($"{TypeName.Of(info.Type)} cannot be made again from its members: {cause.GetType().Name}: {cause.Message} Give it a [JsonConverter], or copy what the function needs into a type of its own.", e);
        }
    }

    /// <summary>What was made anew, as a setter that copies a list does, is the same if it is written the same.</summary>
    /// <param name="before">The value of a field.</param>
    /// <param name="after">The one in the copy.</param>
    /// <param name="isNew">Whether it is made anew in any case.</param>
    private bool Same(object? before, object? after, bool isNew)
    {
        if (Equals(before, after))
            return true;
        if (before is null || after is null || before.GetType() != after.GetType() || !(isNew || before is IEnumerable or ValueType) || ProcessBoundTypes.IsLazySequence(before))
            return false;
        var type = info.Options.GetTypeInfo(before.GetType());
        using var first = JsonSerializer.SerializeToDocument(before, type);
        using var second = JsonSerializer.SerializeToDocument(after, type);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    private static bool OnlyKeepsValues(JsonTypeInfo info, FieldInfo[] fields)
    {
        if (info.Type.IsDefined(typeof(CompilerGeneratedAttribute)) || FrameworkAssemblies.IsFramework(info.Type.Assembly))
            return true; // anonymous types, tuples and the like
        if (OverriddenFields(fields).Any())
            return false;
        Dictionary<int, int>? assigned = null;
        if (info.CreateObject is null && (info.ConstructorAttributeProvider is not ConstructorInfo made || (assigned = AccessorCode.FieldsAssigned(made)) is null))
            return false;
        foreach (var property in info.Properties)
        {
            if (property is { Get: not null, AttributeProvider: PropertyInfo member } && !KeepsValue(property, member, assigned))
                return false;
        }

        return true;
    }

    /// <summary>Whether a property returns the very field that its setter, or its parameter of the constructor, is kept in.</summary>
    private static bool KeepsValue(JsonPropertyInfo property, PropertyInfo member, Dictionary<int, int>? assigned)
    {
        if (member.GetMethod is not { } getter || AccessorCode.FieldReturned(getter) is not { } field)
            return false;
        if (assigned is not null && property.AssociatedParameter is { } parameter)
            return assigned.GetValueOrDefault(parameter.Position) == field;
        return member.GetSetMethod(nonPublic: true) is not { } setter || AccessorCode.FieldStored(setter) == field;
    }
}
