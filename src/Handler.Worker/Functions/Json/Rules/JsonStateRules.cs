using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>Requires that JSON writes and reads every field of an object. Any other field would be lost silently.</summary>
internal static class JsonStateRules
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const string Advice =
        "Give it a set or init accessor or a constructor parameter of the same name, mark it [JsonInclude], "
            + "or copy what the function needs into a type of its own. A field that need not be sent may be marked [NonSerialized].";
    private const string EventAdvice =
        "Mark the event [field: NonSerialized] if its subscribers need not be sent, "
            + "or copy what the function needs into a type of its own.";
    private const string ConstructorAdvice =
        "It needs a public constructor without parameters, or exactly one (or one marked [JsonConstructor]) "
            + "whose parameters all have the names and types of public members; "
            + "or copy what the function needs into a type of its own.";

    public static void Check(JsonTypeInfo info)
    {
        var type = info.Type;
        if (type.IsInterface || type.IsAbstract)
        {
            if (info.PolymorphismOptions is null)
                throw new NotSupportedException(
                    $"{TypeName.Of(type)} is {(type.IsInterface ? "an interface" : "abstract")}, "
                        + "and its reader could not know which type it was. "
                        + Remedy.For(type, "Declare the type itself, or list the types with [JsonDerivedType]."));
            return; // only the derived types have state, and they are checked separately
        }

        JsonLayoutRules.Check(type);
        info.NumberHandling = null;
        info.PreferredPropertyObjectCreationHandling = null;
        CheckConstructor(info);
        var carried = new List<MemberInfo>();
        foreach (var property in info.Properties)
        {
            property.IsExtensionData = false; // extension data is written beside the other members and would be read as other types
            if (property.Get is null)
                continue;
            property.ShouldSerialize = null; // an omitted null or default value would come back as the initializer's value
            property.NumberHandling = null; // text is not read as a number
            // A populated collection would keep the initializer's items.
            property.ObjectCreationHandling = JsonObjectCreationHandling.Replace;
            if ((property.Set is not null || property.AssociatedParameter is not null) && property.AttributeProvider is MemberInfo member)
                carried.Add(member);
        }

        if (PlainTypes.Contains(type.IsGenericType ? type.GetGenericTypeDefinition() : type))
            return;
        for (var current = type;
            current is not null && current != typeof(object) && current != typeof(ValueType);
            current = current.BaseType)
        {
            foreach (var field in current.GetFields(Own))
            {
                if (!IsCarried(field, carried) && !field.IsDefined(typeof(NonSerializedAttribute), inherit: false))
                    throw new NotSupportedException(
                        $"{TypeName.Of(type)} would lose {(IsHidden(field, carried) ? Hidden(field) : Lost(type, field))}");
            }
        }
    }

    private static void CheckConstructor(JsonTypeInfo info)
    {
        if (info.CreateObject is not null)
            return;
        var parameters = (info.ConstructorAttributeProvider as ConstructorInfo)?.GetParameters();
        var matched = 0;
        foreach (var property in info.Properties)
            matched += property.AssociatedParameter is null ? 0 : 1;
        if (parameters is null || matched < parameters.Length)
            throw new NotSupportedException(
                $"{TypeName.Of(info.Type)} cannot be made again from its members. {Remedy.For(info.Type, ConstructorAdvice)}");
    }

    private static bool IsCarried(FieldInfo field, List<MemberInfo> carried)
    {
        foreach (var member in carried)
        {
            if (member is FieldInfo own
                    ? own.Module == field.Module && own.MetadataToken == field.MetadataToken && own.DeclaringType == field.DeclaringType
                    : Backs(field, (PropertyInfo)member))
                return true;
        }

        return false;
    }

    private static bool Backs(FieldInfo field, PropertyInfo property)
    {
        if (PropertyName(field) is { } name)
        {
            // JsonRoundTrip checks whether its accessors store the value unchanged.
            return name == property.Name
                && (field.DeclaringType == property.DeclaringType || IsOverridden(field.DeclaringType!.GetProperty(name, Own), property));
        }

        return field.DeclaringType == property.DeclaringType && ReturnsField(property, field);
    }

    /// <summary>
    /// Whether a property is overridden by another. A field of the overridden property usually has only its default value, which comes back
    /// anyway. If it has another value, <see cref="JsonRoundTrip"/> finds it.
    /// </summary>
    private static bool IsOverridden(PropertyInfo? property, PropertyInfo by)
        => property?.GetMethod is { IsVirtual: true } getter
        && by.GetMethod is { } other
        && getter.GetBaseDefinition() == other.GetBaseDefinition();

    /// <summary>
    /// The property whose value the compiler stores in a field: <c>&lt;Name&gt;k__BackingField</c>, or <c>&lt;Name&gt;i__Field</c> in
    /// anonymous types.
    /// </summary>
    public static string? PropertyName(FieldInfo field)
    {
        if (!field.Name.StartsWith('<'))
            return null;
        var end = field.Name.IndexOf('>', StringComparison.Ordinal);
        return field.Name[(end + 1)..] is "k__BackingField" or "i__Field" ? field.Name[1..end] : null;
    }

    /// <summary>The field that a hand-written property returns, if it does nothing else.</summary>
    public static FieldInfo? FieldReturned(PropertyInfo property)
        => property.GetMethod is { } getter && AccessorCode.FieldReturned(getter) is { } token
            ? Array.Find(property.DeclaringType!.GetFields(Own), field => token == field.MetadataToken || Resolves(property, token, field))
            : null;

    /// <summary>Whether a hand-written property does nothing but return the field.</summary>
    private static bool ReturnsField(PropertyInfo property, FieldInfo field)
    {
        const byte Nop = 0x00, LoadThis = 0x02, LoadField = 0x7B;
        var code = property.GetMethod?.GetMethodBody()?.GetILAsByteArray();
        if (code is null or { Length: > 16 })
            return false;
        var start = code[0] == Nop ? 1 : 0;
        return code.Length >= start + 6 && code[start] == LoadThis && code[start + 1] == LoadField
            && BitConverter.ToInt32(code, start + 2) is var token
            && (token == field.MetadataToken || Resolves(property, token, field));
    }

    /// <summary>In a generic type the getter refers to its field through the type's own instantiation.</summary>
    private static bool Resolves(PropertyInfo property, int token, FieldInfo field)
    {
        try
        {
            return property.Module.ResolveField(token, property.DeclaringType!.GetGenericArguments(), null)?.MetadataToken
                == field.MetadataToken;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether a derived class hides this field's member with a member of the same name.</summary>
    private static bool IsHidden(FieldInfo field, List<MemberInfo> carried)
        => (field.IsPublic || PropertyName(field) is not null)
        && carried.Exists(member =>
            member.Name == (PropertyName(field) ?? field.Name) && member.DeclaringType!.IsSubclassOf(field.DeclaringType!));

    private static string Hidden(FieldInfo field)
    {
        var name = PropertyName(field) ?? field.Name;
        return $"the member {name} of {TypeName.Of(field.DeclaringType!)}, which another {name} hides. "
            + "Give one of the two another name, or copy what the function needs into a type of its own.";
    }

    private static string Lost(Type type, FieldInfo field)
        => $"{Describe(field)}. {Remedy.For(type, IsEvent(field) ? EventAdvice : Advice)}";

    private static bool IsEvent(FieldInfo field) => field.DeclaringType!.GetEvent(field.Name, Own) is not null;

    public static string Describe(FieldInfo field)
    {
        if (PropertyName(field) is { } name)
        {
            var ignored = field.DeclaringType!.GetProperty(name, Own)?.IsDefined(typeof(JsonIgnoreAttribute)) == true;
            return $"its property {name}, which {(ignored ? "is marked [JsonIgnore]" : "cannot be both read and set by the serializer")}";
        }

        if (typeof(Delegate).IsAssignableFrom(field.FieldType))
            return IsEvent(field) ? $"the subscribers of its event {field.Name}" : $"its field {field.Name}, a delegate";
        return field.IsPublic ? $"its read-only field {field.Name}" : $"its private field {field.Name}";
    }
}
