using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// Finds static fields that a function reads and that the application sets at run time. In a worker such a field has the value from its
/// initializer, not the one that the application set.
/// </summary>
internal static class HostStatics
{
    /// <summary>Returns the names of such fields and properties.</summary>
    /// <param name="function">The function's method.</param>
    /// <param name="isOwn">Whether an assembly is one of the application's; others are not examined.</param>
    public static IReadOnlyList<string> ReadBy(MethodInfo function, Func<Assembly, bool> isOwn)
    {
        var read = new Dictionary<(Module, int), string>();
        var set = new HashSet<(Module, int)>();
        try
        {
            foreach (var (code, member) in FunctionCode.Members(function, IsOfInterest))
            {
                if (member is FieldInfo { IsStatic: true } field)
                    Note(field, code, read, set, isOwn);
                else if (member is MethodInfo { IsStatic: true } called && isOwn(called.Module.Assembly))
                    NoteCall(called, read, set, isOwn);
            }
        }
        catch (Exception exception) when (FunctionCode.IsUnreadable(exception))
        {
            return []; // the code cannot be read, so there is nothing to report
        }

        return
        [
            .. read.Where(entry => !set.Contains(entry.Key) && WrittenStatics.Of(entry.Key.Item1.Assembly).Contains(entry.Key.Item2))
                .Select(entry => entry.Value)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool IsOfInterest(OpCode code)
        => code == OpCodes.Ldsfld
        || code == OpCodes.Ldsflda
        || code == OpCodes.Stsfld
        || code == OpCodes.Call
        || code == OpCodes.Ldftn
        || code == OpCodes.Newobj
        || code == OpCodes.Callvirt;

    private static void Note(
        FieldInfo field,
        OpCode code,
        Dictionary<(Module, int), string> read,
        HashSet<(Module, int)> set,
        Func<Assembly, bool> isOwn)
    {
        var key = (field.Module, field.MetadataToken);
        if (code != OpCodes.Ldsfld)
            set.Add(key); // a field that the function sets itself does not depend on the host
        else if (IsHosts(field, isOwn))
            read[key] = $"{TypeName.Of(field.DeclaringType!)}.{field.Name}";
    }

    private static void NoteCall(
        MethodInfo called,
        Dictionary<(Module, int), string> read,
        HashSet<(Module, int)> set,
        Func<Assembly, bool> isOwn)
    {
        var isAccessor = called.IsSpecialName && called.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
        foreach (var (code, member) in FunctionCode.OwnMembers(called, code =>
                code == OpCodes.Stsfld || code == OpCodes.Ldsflda || (isAccessor && code == OpCodes.Ldsfld)))
        {
            if (member is not FieldInfo field)
                continue;
            if (code != OpCodes.Ldsfld)
                set.Add((field.Module, field.MetadataToken)); // such as a method that fills a cache
            else if (IsHosts(field, isOwn))
                read[(field.Module, field.MetadataToken)] = $"{TypeName.Of(called.DeclaringType!)}.{called.Name["get_".Length..]}";
        }
    }

    private static bool IsHosts(FieldInfo field, Func<Assembly, bool> isOwn)
        => !field.IsInitOnly && !field.IsLiteral && !ClosureClass.IsCompilerMade(field.DeclaringType!) && isOwn(field.Module.Assembly);
}
