using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>The classes that compilers make for lambdas.</summary>
internal static class ClosureClass
{
    /// <summary>Holds the captured variables of one scope.</summary>
    public static bool HoldsCaptures(Type type)
        => type.IsNested && IsGenerated(type)
            && (type.Name.Contains("DisplayClass", StringComparison.Ordinal) || type.Name.StartsWith("_Closure$__", StringComparison.Ordinal));

    /// <summary>Holds the lambdas that capture nothing; an instance of it has no state.</summary>
    public static bool IsStateless(Type type)
        => type.IsNested && IsGenerated(type)
            && (type.Name is "<>c" or "_Closure$__" || type.Name.StartsWith("<>c`", StringComparison.Ordinal));

    /// <summary>A field in which the compiler keeps a delegate for the next time; never part of what was captured.</summary>
    public static bool IsDelegateCache(string fieldName)
        => fieldName.StartsWith("<>9__", StringComparison.Ordinal) || fieldName.StartsWith("$I", StringComparison.Ordinal);

    public static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
}
