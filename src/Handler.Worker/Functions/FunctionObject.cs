using System.Collections.Concurrent;
using System.Reflection;

namespace Handler.Functions;

/// <summary>The function values of F#. Each has a class of its own, so all its fields travel: those that it would not read are not there.</summary>
internal static class FunctionObject
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();

    /// <summary>The fields in the order in which they travel.</summary>
    public static FieldInfo[] FieldsOf(Type type) => Fields.GetOrAdd(type, static type =>
        [.. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).OrderBy(field => field.MetadataToken)]);
}
