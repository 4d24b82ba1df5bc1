using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// The captured variables that a function reads, as fields of compiler-made classes. All lambdas of a scope share one closure object;
/// without this, each would drag along what only the others use.
/// </summary>
internal sealed class CapturedFields
{
    private const int CacheLimit = 4096;

    private static readonly ConcurrentDictionary<MethodBase, CapturedFields> Cache = new();

    /// <summary>What a function is given whose code cannot be read.</summary>
    private static readonly CapturedFields All = new() { isAll = true };

    private readonly HashSet<(Module, int)> fields = [];
    private bool isAll;

    public bool Contains(FieldInfo field) => isAll || fields.Contains((field.Module, field.MetadataToken));

    /// <summary>The fields that a method reads: in its own body, in its state machine, and in the lambdas and local functions it makes or calls.</summary>
    public static CapturedFields ReadBy(MethodInfo method)
    {
        if (Cache.TryGetValue(method, out var known))
            return known;
        var found = Analyse(method) ?? All;
        if (Cache.Count < CacheLimit)
            Cache.TryAdd(method, found);
        return found;
    }

    /// <summary>The fields read by either; answers whether that is more than this one had.</summary>
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
        var seen = new HashSet<(Module, int)>();
        var left = new Queue<MethodBase>([root]);
        try
        {
            while (left.TryDequeue(out var method))
            {
                if (!seen.Add((method.Module, method.MetadataToken)))
                    continue;
                if (MoveNextOf(method) is { } moveNext)
                    left.Enqueue(moveNext);
                if (method.GetMethodBody()?.GetILAsByteArray() is { } body)
                    found.AddFrom(body, method, left);
            }
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException or IOException or NotSupportedException or IndexOutOfRangeException or MissingMemberException)
        {
            return null;
        }

        return found;
    }

    private void AddFrom(byte[] body, MethodBase method, Queue<MethodBase> left)
    {
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var (code, token) in IntermediateLanguage.Tokens(body))
        {
            if (code == OpCodes.Stfld || code == OpCodes.Ldsfld || code == OpCodes.Ldsflda || code == OpCodes.Stsfld)
                continue;
            var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
            if (member is FieldInfo { IsStatic: false } field && field.DeclaringType is { } holder && IsCompilerMade(holder))
                fields.Add((field.Module, field.MetadataToken));
            else if (member is MethodBase called && called.Module == method.Module && (called.Name.StartsWith('<') || (called.DeclaringType is { } type && IsCompilerMade(type))))
                left.Enqueue(called);
        }
    }

    private static MethodInfo? MoveNextOf(MethodBase method)
        => method.GetCustomAttribute<StateMachineAttribute>()?.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsCompilerMade(Type type) => type.Name.StartsWith('<') || ClosureClass.IsGenerated(type);
}
