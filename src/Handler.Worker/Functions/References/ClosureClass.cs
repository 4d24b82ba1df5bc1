using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// The classes that compilers generate for functions. C#: <c>&lt;&gt;c__DisplayClass0_0</c> with variables, <c>&lt;&gt;c</c> (in a generic
/// method <c>&lt;&gt;c__0&lt;T&gt;</c>) without. Visual Basic: <c>_Closure$__1-0</c> with, <c>_Closure$__</c> (<c>_Closure$__1(Of T)</c>)
/// without. F#: <c>name@12</c>, one class for each function, with a method Invoke. No other compiler generates names with that character.
/// </summary>
internal static class ClosureClass
{
    private const string VisualBasic = "_Closure$__",
        FSharpFunction = "Microsoft.FSharp.Core.FSharpFunc`2",
        FSharpMark = "Microsoft.FSharp.Core.CompilationMappingAttribute";

    /// <summary>The mark that the F# compiler puts on the classes that it generates for lambdas.</summary>
    private const int MarkOfClosures = 6;

    private static readonly ConcurrentDictionary<Type, bool> FSharpDelegates = new();

    /// <summary>Whether a type holds the captured variables of one scope.</summary>
    public static bool HoldsCaptures(Type type)
        => type.IsNested
        && (
            IsGenerated(type)
                ? type.Name.Contains("DisplayClass", StringComparison.Ordinal)
                    || (IsVisualBasic(type) && type.Name.Contains('-', StringComparison.Ordinal))
                : IsFSharpDelegate(type) && !type.IsAbstract);

    /// <summary>Whether a type holds the lambdas that capture nothing; its instances have no state.</summary>
    public static bool IsStateless(Type type)
        => type.IsNested && IsGenerated(type)
            && (type.Name.StartsWith("<>c", StringComparison.Ordinal)
                ? !type.Name.Contains("DisplayClass", StringComparison.Ordinal)
                : IsVisualBasic(type) && !type.Name.Contains('-', StringComparison.Ordinal));

    /// <summary>Whether a type is a function value of F#: an object whose fields are the captured values.</summary>
    public static bool IsFunctionObject(Type type) => type.IsNested && IsFSharp(type) && IsFunctionType(type);

    /// <summary>Whether a type is the base type of F# function values, or derives from it.</summary>
    public static bool IsFunctionType(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsGenericType
                && current.GetGenericTypeDefinition().FullName == FSharpFunction
                && FrameworkAssemblies.IsFramework(current.Assembly))
                return true;
        }

        return false;
    }

    /// <summary>Whether the compiler caches a delegate in a field of this name. Such a field never holds a captured value.</summary>
    public static bool IsDelegateCache(string fieldName)
        => fieldName.StartsWith("<>9__", StringComparison.Ordinal) || fieldName.StartsWith("$I", StringComparison.Ordinal);

    public static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>Whether a compiler generated a type: for captured variables, for a state machine or for a sequence.</summary>
    public static bool IsCompilerMade(Type type) => type.Name.StartsWith('<') || IsFSharp(type) || IsGenerated(type);

    /// <summary>
    /// Whether a type is the class of an F# lambda that was converted to a delegate directly. It has one relevant method, Invoke: an
    /// instance method if the lambda captures something, otherwise a static method in a static class. The class of an object expression has
    /// a similar name, but implements a type.
    /// </summary>
    public static bool IsFSharpDelegate(Type type)
        => type is { IsNested: true, IsSealed: true }
        && IsFSharp(type)
        && type.BaseType == typeof(object)
        && FSharpDelegates.GetOrAdd(type, static type => type.GetInterfaces().Length == 0 && type.CustomAttributes.Any(IsMarkOfClosures));

    public static bool IsFSharp(Type type) => type.Name.Contains('@', StringComparison.Ordinal);

    private static bool IsMarkOfClosures(CustomAttributeData attribute)
        => attribute.AttributeType.FullName == FSharpMark && FrameworkAssemblies.IsFramework(attribute.AttributeType.Assembly)
            && attribute.ConstructorArguments is [{ Value: MarkOfClosures }, ..];

    private static bool IsVisualBasic(Type type) => type.Name.StartsWith(VisualBasic, StringComparison.Ordinal);
}
