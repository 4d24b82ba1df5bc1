using System.Reflection;
using System.Runtime.InteropServices;

namespace Handler.Functions;

/// <summary>
/// Decides which methods of an allowed assembly a payload may name: those that a caller can write as a function in C#, which are lambdas,
/// local functions and ordinary static methods. A caller in another process cannot name private ordinary methods.
/// </summary>
internal static class CallableMethods
{
    private const MethodImplAttributes NotManaged =
        MethodImplAttributes.CodeTypeMask | MethodImplAttributes.InternalCall | MethodImplAttributes.Unmanaged;

    /// <summary>Why a method cannot be a function, with a remedy; <see langword="null"/> if it can.</summary>
    /// <param name="method">The method.</param>
    /// <param name="acceptsPrivate">Whether it may be private, because callers are in the application itself.</param>
    public static string? Unsuitable(MethodInfo method, bool acceptsPrivate)
    {
        if (method.DeclaringType is not { } type)
            return "it belongs to no type. Call it from a lambda";
        if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0 || (method.MethodImplementationFlags & NotManaged) != 0)
            return "it is extern, so its code is not in the assembly. Call it from a lambda";
        if (method.IsAbstract
            || method.CallingConvention.HasFlag(CallingConventions.VarArgs)
            || method.IsDefined(typeof(UnmanagedCallersOnlyAttribute), inherit: false))
            return "it cannot be called through a delegate. Call what it stands for from a lambda";
        if (IsLambda(method))
            return null; // checked first, because Visual Basic marks its lambdas as special names
        if (method.IsSpecialName)
            return "it is an operator, or belongs to a property or an event. Use it in a lambda";
        if (!method.IsStatic)
            return "it is neither static nor a lambda. Call it from a lambda, on an object that is made there";
        if (method.Name.StartsWith('<') || IsCompilerMade(type))
            return "the compiler made it, and it is neither a lambda nor a local function";
        return acceptsPrivate || !IsPrivate(method)
            ? null
            : "it is private, or in a private type, and callers in other processes reach only what is public or internal. "
                + "Call it from a lambda, () => Method(), or register it: [JobFunction(\"name\")] and RunRegisteredAsync";
    }

    /// <summary>
    /// Whether the compiler generated a method from a lambda or a local function. No method that is written in C#, Visual Basic or F# can
    /// have such a name.
    /// </summary>
    public static bool IsLambda(MethodInfo method)
    {
        if (ClosureClass.IsFSharpDelegate(method.DeclaringType!))
            return method.Name == "Invoke" && !method.IsVirtual && method.IsStatic == method.DeclaringType!.IsAbstract;
        if (method.Name.StartsWith("_Lambda$__", StringComparison.Ordinal))
            return ClosureClass.IsStateless(method.DeclaringType!) || ClosureClass.HoldsCaptures(method.DeclaringType!);
        var end = method.Name.LastIndexOf('>');
        return method.Name.StartsWith('<') && end > 0 && method.Name.AsSpan(end + 1) is ['b' or 'g', '_', '_', ..];
    }

    private static bool IsCompilerMade(Type type)
    {
        for (var current = type; current is not null; current = current.DeclaringType)
        {
            if (ClosureClass.IsGenerated(current) || ClosureClass.IsFSharp(current))
                return true;
        }

        return false;
    }

    private static bool IsPrivate(MethodInfo method)
    {
        if (!(method.IsPublic || method.IsAssembly || method.IsFamilyOrAssembly))
            return true;
        for (var type = method.DeclaringType; type is { IsNested: true }; type = type.DeclaringType)
        {
            if (!(type.IsNestedPublic || type.IsNestedAssembly || type.IsNestedFamORAssem))
                return true;
        }

        return false;
    }
}
