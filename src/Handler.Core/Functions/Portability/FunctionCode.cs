using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// The code of a function: its own body, its state machine, and the lambdas and local functions that it creates or calls.
/// </summary>
internal static class FunctionCode
{
    /// <summary>The members that the code refers to, each with the instruction that does.</summary>
    /// <param name="root">The function's method.</param>
    /// <param name="wanted">Which instructions are wanted; the members of others are not resolved.</param>
    public static IEnumerable<(OpCode Code, MemberInfo Member)> Members(MethodInfo root, Func<OpCode, bool> wanted)
    {
        var seen = new HashSet<(Module, int)>();
        var left = new Queue<MethodBase>([root]);
        while (left.TryDequeue(out var method))
        {
            if (!seen.Add((method.Module, method.MetadataToken)))
                continue;
            if (MoveNextOf(method) is { } moveNext)
                left.Enqueue(moveNext);
            foreach (var (code, member) in OwnMembers(method, wanted))
            {
                yield return (code, member);
                if (member is MethodBase called
                    && called.Module == method.Module
                    && (called.Name.StartsWith('<') || (called.DeclaringType is { } type && ClosureClass.IsCompilerMade(type))))
                    left.Enqueue(called);
            }
        }
    }

    /// <summary>The members that one method's own body refers to.</summary>
    public static IEnumerable<(OpCode Code, MemberInfo Member)> OwnMembers(MethodBase method, Func<OpCode, bool> wanted)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } body)
            yield break;
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var (code, token) in IntermediateLanguage.Tokens(body))
        {
            if (wanted(code) && method.Module.ResolveMember(token, typeArguments, methodArguments) is { } member)
                yield return (code, member);
        }
    }

    /// <summary>
    /// Whether an exception means that code could not be read, because something that it refers to is missing or unknown here.
    /// </summary>
    public static bool IsUnreadable(Exception e)
        => e
            is ArgumentException
                or BadImageFormatException
                or TypeLoadException
                or IOException
                or NotSupportedException
                or IndexOutOfRangeException
                or MissingMemberException;

    private static MethodInfo? MoveNextOf(MethodBase method)
        => method
            .GetCustomAttribute<StateMachineAttribute>()
            ?.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
}
