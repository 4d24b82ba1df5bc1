using System.Collections.Concurrent;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// The function values of F#. Each has its own class, so all its fields are sent: the class has no fields that the function does not
/// read.
/// </summary>
internal static class FunctionObject
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();

    /// <summary>The fields, in the order in which they are sent.</summary>
    public static FieldInfo[] FieldsOf(Type type)
        => Fields.GetOrAdd(type, static type =>
            [
                .. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                    .OrderBy(field => field.MetadataToken),
            ]);
}
