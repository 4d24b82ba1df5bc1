using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks whether an object would come back unchanged if its accessors or its constructor do more than store a value. It is created a
/// second time from its members, as the reader would create it, and the fields of both objects are compared. Values that accessors or a
/// constructor could modify are copied first, so that the object itself does not change. Types that only store values are recognized by
/// their code and cost nothing.
/// </summary>
internal sealed class JsonRoundTrip
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Whether this thread is running a check. The parts of a value are checked when they are written themselves.</summary>
    [ThreadStatic]
    private static bool isRunning;

    private readonly JsonTypeInfo info;
    private readonly ConstructorInvoker? constructor;
    private readonly JsonMember[] members;
    private readonly int argumentCount;
    private readonly bool mayWrite;
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

        JsonPropertyInfo[] arguments = info.CreateObject is null ? [.. parameters.Values] : [];
        var made = info.CreateObject is null ? info.ConstructorAttributeProvider as ConstructorInfo : null;
        constructor = made is null ? null : ConstructorInvoker.Create(made);
        var setters = info
            .Properties.Where(property => property is { Set: not null, Get: not null } && !arguments.Contains(property))
            .OrderBy(property => property.Order);
        members = [.. arguments.Concat(setters).Select(property => new JsonMember(property, info.Options))];
        argumentCount = arguments.Length;
        mayWrite =
            (made is not null && AccessorCode.FieldsAssigned(made) is null)
            || members.Skip(argumentCount).Any(member => member.HasActiveSetter);
    }

    public static void Attach(JsonTypeInfo info)
    {
        var fields = FieldsOf(info.Type);
        if (fields.Length == 0
            || OnlyKeepsValues(info, fields)
            || (info.CreateObject is null && info.ConstructorAttributeProvider is not ConstructorInfo))
            return;
        var check = new JsonRoundTrip(info, fields);
        info.OnSerializing += check.Require;
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type;
            current is not null && current != typeof(object) && current != typeof(ValueType);
            current = current.BaseType)
            fields.AddRange(current.GetFields(Own).Where(field => !field.IsDefined(typeof(NonSerializedAttribute), inherit: false)));
        return [.. fields];
    }

    private void Require(object value)
    {
        if (isRunning)
            return;
        isRunning = true;
        try
        {
            RequireSame(value);
        }
        finally
        {
            isRunning = false;
        }
    }

    private void RequireSame(object value)
    {
        var values = Values(value);
        var sent = new byte[]?[members.Length];
        for (var i = 0; i < sent.Length && mayWrite; i++)
            sent[i] = members[i].Sent(values[i]);
        var (copy, arrived) = Copy(values, sent);
        foreach (var field in fields)
        {
            if (!Same(field, field.GetValue(value), field.GetValue(copy), values, arrived))
                throw Different(Difference(field));
        }

        for (var i = 0; i < sent.Length; i++)
        {
            if (sent[i] is { } bytes && !members[i].IsStill(arrived[i], bytes))
                throw Different(
                    $"its member {members[i].Name} does not keep the value that it has, "
                        + "because an accessor of another member or the constructor changes it. "
                        + "Let them change nothing but their own value,");
        }
    }

    private NotSupportedException Different(string difference)
        => new(
            $"{TypeName.Of(info.Type)} would come back different: "
                + $"{difference} give the type a [JsonConverter], or copy what the function needs into a type of its own.");

    private string Difference(FieldInfo field)
    {
        var property = JsonStateRules.PropertyName(field);
        return overridden.Contains(field)
            ? $"the property {property} of {TypeName.Of(field.DeclaringType!)} has a value of its own, "
                + $"which the property that overrides it hides. Let the overriding one call base.{property},"
            : $"its {(property is null ? $"field {field.Name}" : $"property {property}")} does not get the value again that it has, "
                + "because an accessor or the constructor changes it. Let them keep the value as it is,";
    }

    /// <summary>The backing fields of overridden properties.</summary>
    private static IEnumerable<FieldInfo> OverriddenFields(FieldInfo[] fields)
        => fields.GroupBy(JsonStateRules.PropertyName).Where(group => group.Key is not null).SelectMany(group => group.Skip(1));

    private object?[] Values(object value)
    {
        try
        {
            return Array.ConvertAll(members, member => member.Property.Get!(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw NotMade(exception);
        }
    }

    /// <summary>Creates the object a second time.</summary>
    /// <param name="values">The values of its members.</param>
    /// <param name="sent">The bytes of those values that are copied.</param>
    private (object Copy, object?[] Arrived) Copy(object?[] values, byte[]?[] sent)
    {
        try
        {
            var arrived = new object?[values.Length];
            for (var i = 0; i < arrived.Length; i++)
                arrived[i] = sent[i] is { } bytes ? members[i].Read(bytes) : values[i];
            var copy = constructor is null ? info.CreateObject!() : constructor.Invoke(arrived[..argumentCount].AsSpan());
            for (var i = argumentCount; i < arrived.Length; i++)
                members[i].Property.Set!(copy, arrived[i]);
            return (copy, arrived);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw NotMade(exception);
        }
    }

    private NotSupportedException NotMade(Exception e)
    {
        var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
        return new(
            $"{TypeName.Of(info.Type)} cannot be made again from its members: {cause.GetType().Name}: {cause.Message.TrimEnd('.')}. "
                + "Give it a [JsonConverter], or copy what the function needs into a type of its own.",
            e);
    }

    /// <summary>
    /// An object that was created anew, for example by a setter that copies a list, is the same if it is written the same. A type's own
    /// Equals may ignore differences: for decimal numbers 1.0 equals 1.00, and dates are equal regardless of their kind.
    /// </summary>
    private bool Same(FieldInfo field, object? before, object? after, object?[] values, object?[] arrived)
    {
        if (ReferenceEquals(before, after))
            return true;
        if (before is null || after is null)
            return false;
        for (var i = 0; i < values.Length; i++)
        {
            if (ReferenceEquals(before, values[i]) && ReferenceEquals(after, arrived[i]))
                return true;
        }

        if (Array.Find(members, member => member.HasConverter && Keeps(field, member.Property)) is { } own)
            return own.CanWrite ? JsonExact.Same(own.Write(before), own.Write(after)) : Equals(before, after);
        var type = before.GetType();
        if (type == after.GetType() && PrimitiveCodecs.For(type) is { } codec)
            return SameBytes(codec, before, after);
        if (ProcessBoundTypes.IsLazySequence(before) || (type != after.GetType() && !field.FieldType.IsInterface))
            return false;
        var declared = info.Options.GetTypeInfo(field.FieldType.IsInterface ? field.FieldType : type);
        return JsonExact.Same(JsonSerializer.SerializeToUtf8Bytes(before, declared), JsonSerializer.SerializeToUtf8Bytes(after, declared));
    }

    /// <summary>Whether a field stores the value of a member.</summary>
    private static bool Keeps(FieldInfo field, JsonPropertyInfo property)
        => property.AttributeProvider is MemberInfo member
        && member.DeclaringType == field.DeclaringType
        && (
            member.Name == (JsonStateRules.PropertyName(field) ?? field.Name)
            || (member is PropertyInfo own && JsonStateRules.FieldReturned(own)?.MetadataToken == field.MetadataToken));

    private static bool SameBytes(ValueCodec codec, object before, object after)
    {
        using var first = ScratchBuffer.Rent();
        using var second = ScratchBuffer.Rent();
        codec.WriteObject(first.Writer, before);
        codec.WriteObject(second.Writer, after);
        return first.Writer.WrittenSpan.SequenceEqual(second.Writer.WrittenSpan);
    }

    private static bool OnlyKeepsValues(JsonTypeInfo info, FieldInfo[] fields)
    {
        if (info.Type.IsDefined(typeof(CompilerGeneratedAttribute)) || FrameworkAssemblies.IsFramework(info.Type.Assembly))
            return true; // anonymous types, tuples and similar types
        if (OverriddenFields(fields).Any())
            return false;
        Dictionary<int, int>? assigned = null;
        if (info.CreateObject is null
            && (info.ConstructorAttributeProvider is not ConstructorInfo made || (assigned = AccessorCode.FieldsAssigned(made)) is null))
            return false;
        foreach (var property in info.Properties)
        {
            if (property is { Get: not null, AttributeProvider: PropertyInfo member } && !KeepsValue(property, member, assigned))
                return false;
        }

        return true;
    }

    /// <summary>Whether a property returns exactly the field in which its setter, or its constructor parameter, is stored.</summary>
    private static bool KeepsValue(JsonPropertyInfo property, PropertyInfo member, Dictionary<int, int>? assigned)
    {
        if (member.GetMethod is not { } getter || AccessorCode.FieldReturned(getter) is not { } field)
            return false;
        if (assigned is not null && property.AssociatedParameter is { } parameter)
            return assigned.GetValueOrDefault(parameter.Position) == field;
        return member.GetSetMethod(nonPublic: true) is not { } setter || AccessorCode.FieldStored(setter) == field;
    }
}
