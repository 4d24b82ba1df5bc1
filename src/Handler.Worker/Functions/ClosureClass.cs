using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// The classes that compilers make for functions. C#: <c>&lt;&gt;c__DisplayClass0_0</c> with variables, <c>&lt;&gt;c</c> (in a generic method
/// <c>&lt;&gt;c__0&lt;T&gt;</c>) without. Visual Basic: <c>_Closure$__1-0</c> with, <c>_Closure$__</c> (<c>_Closure$__1(Of T)</c>) without. F#: <c>name@12</c>,
/// a class for each function, with a method Invoke; names with that character come from no other compiler.
/// </summary>
internal static class ClosureClass
{
    private const string VisualBasic = "_Closure$__", FSharpFunction = "Microsoft.FSharp.Core.FSharpFunc`2", FSharpMark = "Microsoft.FSharp.Core.CompilationMappingAttribute";

    /// <summary>How the F# compiler marks the classes that it makes for lambdas.</summary>
    private const int MarkOfClosures = 6;

    private static readonly ConcurrentDictionary<Type, bool> FSharpDelegates = new();

    /// <summary>Holds the captured variables of one scope.</summary>
    public static bool HoldsCaptures(Type type)
        => type.IsNested
            && (IsGenerated(type)
                ? type.Name.Contains("DisplayClass", StringComparison.Ordinal) || (IsVisualBasic(type) && type.Name.Contains('-', StringComparison.Ordinal))
                : IsFSharpDelegate(type) && !type.IsAbstract);

    /// <summary>Holds the lambdas that capture nothing; an instance of it has no state.</summary>
    public static bool IsStateless(Type type)
        => type.IsNested && IsGenerated(type)
            && (type.Name.StartsWith("<>c", StringComparison.Ordinal)
                ? !type.Name.Contains("DisplayClass", StringComparison.Ordinal)
                : IsVisualBasic(type) && !type.Name.Contains('-', StringComparison.Ordinal));

    /// <summary>A function value of F#: an object whose fields are what it captured.</summary>
    public static bool IsFunctionObject(Type type) => type.IsNested && IsFSharp(type) && IsFunctionType(type);

    /// <summary>Whether a type is the type of F# function values, or one of them.</summary>
    public static bool IsFunctionType(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsGenericType && current.GetGenericTypeDefinition().FullName == FSharpFunction && FrameworkAssemblies.IsFramework(current.Assembly))
                return true;
        }

        return false;
    }

    /// <summary>A field in which the compiler keeps a delegate for the next time; never part of what was captured.</summary>
    public static bool IsDelegateCache(string fieldName)
        => fieldName.StartsWith("<>9__", StringComparison.Ordinal) || fieldName.StartsWith("$I", StringComparison.Ordinal);

    public static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>Whether a compiler made a type: for captured variables, for a state machine or for a sequence.</summary>
    public static bool IsCompilerMade(Type type) => type.Name.StartsWith('<') || IsFSharp(type) || IsGenerated(type);

    /// <summary>
    /// The class of an F# lambda that was made as a delegate at once. It has one method of interest, Invoke: an instance method where it captures something, else a static one in a
    /// static class. The class of an object expression has such a name too, but implements something.
    /// </summary>
    public static bool IsFSharpDelegate(Type type)
        => type is { IsNested: true, IsSealed: true } && IsFSharp(type) && type.BaseType == typeof(object)
            && FSharpDelegates.GetOrAdd(type, static type => type.GetInterfaces().Length == 0 && type.CustomAttributes.Any(IsMarkOfClosures));

    public static bool IsFSharp(Type type) => type.Name.Contains('@', StringComparison.Ordinal);

    private static bool IsMarkOfClosures(CustomAttributeData attribute)
        => attribute.AttributeType.FullName == FSharpMark && FrameworkAssemblies.IsFramework(attribute.AttributeType.Assembly)
            && attribute.ConstructorArguments is [{ Value: MarkOfClosures }, ..];

    private static bool IsVisualBasic(Type type) => type.Name.StartsWith(VisualBasic, StringComparison.Ordinal);
}
