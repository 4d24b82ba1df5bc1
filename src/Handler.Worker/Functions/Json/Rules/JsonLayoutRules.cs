using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Handler.Functions;

/// <summary>Rejects types whose memory is not the sequence of their members, because JSON contains only members.</summary>
internal static class JsonLayoutRules
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const string Advice = "Copy the items into an array, or give the type a [JsonConverter].";
    private const string SharedBytesAdvice =
        "Mark all but one of them [JsonIgnore] and [NonSerialized], best all but an integer that has all the bytes, "
            + "or give the type a [JsonConverter].";

    public static void Check(Type type)
    {
        if (type.GetCustomAttribute<InlineArrayAttribute>() is { Length: var length })
            throw new NotSupportedException(
                $"{TypeName.Of(type)} is an inline array of {length} items, of which only the first is a member. {Remedy.For(type, Advice)}"
            );
        for (var current = type;
            current is not null && current != typeof(object) && current != typeof(ValueType);
            current = current.BaseType)
        {
            FieldInfo[] fields =
            [
                .. current.GetFields(Own).Where(field => !field.IsDefined(typeof(NonSerializedAttribute), inherit: false)),
            ];
            if (Array.Find(fields, field => field.IsDefined(typeof(FixedBufferAttribute))) is { } buffer)
                throw new NotSupportedException(
                    $"{TypeName.Of(type)} would lose the items of its fixed buffer {buffer.Name}, "
                        + $"of which only the first is a member. {Remedy.For(type, Advice)}");
            if (current.IsExplicitLayout)
                CheckSharedBytes(type, fields);
        }
    }

    /// <summary>
    /// Fields may share bytes if JSON preserves every bit of all of them, as it does for integers. It does not preserve the bits of NaN, or
    /// of a boolean whose value is 2.
    /// </summary>
    private static void CheckSharedBytes(Type type, FieldInfo[] fields)
    {
        foreach (var field in fields)
        {
            var start = Offset(field);
            foreach (var other in fields)
            {
                var otherStart = Offset(other);
                if (field != other
                    && start <= otherStart
                    && otherStart < start + Size(field)
                    && !(KeepsBits(field.FieldType) && KeepsBits(other.FieldType)))
                    throw new NotSupportedException(
                        $"{TypeName.Of(type)} has members that share bytes, {Name(field)} and {Name(other)}, "
                            + $"and one could change the other on its way. {Remedy.For(type, SharedBytesAdvice)}");
            }
        }
    }

    private static int Offset(FieldInfo field) => field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;

    private static int Size(FieldInfo field) => RuntimeHelpers.SizeOf(field.FieldType.TypeHandle);

    private static string Name(FieldInfo field) => JsonStateRules.PropertyName(field) ?? field.Name;

    private static bool KeepsBits(Type type)
        => Type.GetTypeCode(type) is >= TypeCode.Char and <= TypeCode.UInt64
        || type == typeof(Int128)
        || type == typeof(UInt128)
        || type == typeof(Guid);
}
