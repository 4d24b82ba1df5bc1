using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Restores members that the serializer would only write: properties with a private setter; properties without a setter whose value is in a
/// compiler-generated field, such as lists that are created once and then filled; and read-only members of a struct, which the serializer
/// creates without calling its constructor.
/// </summary>
internal static class JsonSetters
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static void Attach(JsonTypeInfo info)
    {
        if (info.Type.IsAbstract || FrameworkAssemblies.IsFramework(info.Type.Assembly))
            return;
        foreach (var property in info.Properties)
        {
            if (property is not { Get: not null, Set: null, AssociatedParameter: null, AttributeProvider: MemberInfo member }
                || member.IsDefined(typeof(JsonIgnoreAttribute)))
                continue;
            var field = member as FieldInfo ?? FieldOf((PropertyInfo)member);
            if (field?.IsDefined(typeof(NonSerializedAttribute), inherit: false) == true)
                continue;
            if ((member as PropertyInfo)?.GetSetMethod(nonPublic: true) is { } setter)
                property.Set = (target, value) => setter.Invoke(target, BindingFlags.DoNotWrapExceptions, null, [value], null);
            else if (field is not null
                && (member is PropertyInfo || field.DeclaringType!.IsValueType || field.IsDefined(typeof(JsonIncludeAttribute))))
                property.Set = field.SetValue;
        }
    }

    private static FieldInfo? FieldOf(PropertyInfo property)
        => property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", Own)
        ?? (property.DeclaringType.IsValueType ? JsonStateRules.FieldReturned(property) : null);
}
