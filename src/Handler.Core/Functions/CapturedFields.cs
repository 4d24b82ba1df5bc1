using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Handler.Infrastructure;

namespace Handler.Functions;

/// <summary>
/// The captured variables that a function reads, as fields of compiler-made classes. All lambdas of a scope share one closure object;
/// without this, each lambda would also send the variables that only the others use.
/// </summary>
internal sealed class CapturedFields
{
    private static readonly ConcurrentDictionary<MethodBase, CapturedFields> Cache = new();

    /// <summary>Used for a function whose code cannot be read.</summary>
    private static readonly CapturedFields All = new() { isAll = true };

    private readonly HashSet<(Module, int)> fields = [];
    private bool isAll;

    public bool Contains(FieldInfo field) => isAll || fields.Contains((field.Module, field.MetadataToken));

    /// <summary>
    /// The fields that a method reads: in its own body, in its state machine, and in the lambdas and local functions that it creates or
    /// calls.
    /// </summary>
    public static CapturedFields ReadBy(MethodInfo method)
    {
        if (Cache.TryGetValue(method, out var known))
            return known;
        var found = Analyse(method) ?? All;
        if (Cache.Count < Tuning.Functions.CacheSize)
            Cache.TryAdd(method, found);
        return found;
    }

    /// <summary>Adds the fields of another set. Returns whether that changed this one.</summary>
    public bool UnionWith(CapturedFields other)
    {
        var before = (fields.Count, isAll);
        fields.UnionWith(other.fields);
        isAll |= other.isAll;
        return before != (fields.Count, isAll);
    }

    private static CapturedFields? Analyse(MethodInfo root)
    {
        var found = new CapturedFields();
        try
        {
            foreach (var (_, member) in FunctionCode.Members(root, IsOfInterest))
            {
                if (member is FieldInfo { IsStatic: false, DeclaringType: { } holder } field && ClosureClass.IsCompilerMade(holder))
                    found.fields.Add((field.Module, field.MetadataToken));
            }
        }
        catch (Exception exception) when (FunctionCode.IsUnreadable(exception))
        {
            return null;
        }

        return found;
    }

    private static bool IsOfInterest(OpCode code)
        => code != OpCodes.Stfld && code != OpCodes.Ldsfld && code != OpCodes.Ldsflda && code != OpCodes.Stsfld;
}
