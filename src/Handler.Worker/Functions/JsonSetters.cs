using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Lets properties come back that the serializer would only write: those with a private setter, and those without one whose value the
/// compiler keeps in a field, as lists that are made once and then filled.
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
            if (property is not { Get: not null, Set: null, AssociatedParameter: null, AttributeProvider: PropertyInfo member } || member.IsDefined(typeof(JsonIgnoreAttribute)))
                continue;
            var field = BackingField(member);
            if (field?.IsDefined(typeof(NonSerializedAttribute), inherit: false) == true)
                continue;
            if (member.GetSetMethod(nonPublic: true) is { } setter)
                property.Set = (target, value) => setter.Invoke(target, BindingFlags.DoNotWrapExceptions, null, [value], null);
            else if (field is not null)
                property.Set = field.SetValue;
        }
    }

    private static FieldInfo? BackingField(PropertyInfo property) => property.DeclaringType?.GetField($"<{property.Name}>k__BackingField", Own);
}
