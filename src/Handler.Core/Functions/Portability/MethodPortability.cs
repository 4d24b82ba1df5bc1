using System.Reflection;
using System.Runtime.Loader;

namespace Handler.Functions;

/// <summary>Refuses methods that a worker could not find, or must not run.</summary>
internal sealed class MethodPortability(TypeGate gate)
{
    /// <summary>Returns how a delegate is bound, if it can be bound the same way in a worker.</summary>
    /// <exception cref="FunctionNotPortableException">The delegate cannot be bound in a worker.</exception>
    public TargetKind Check(Delegate function)
    {
        if (!function.HasSingleTarget)
            throw new FunctionNotPortableException(
                "A delegate with several targets (multicast) cannot be sent to a worker. Call them one after the other in a lambda.");
        var method = function.Method;
        CheckMethod(method);
        CheckArguments(method);

        if (method.IsStatic && gate.WhyNotCallable(method) is { } reason)
            throw new FunctionNotPortableException($"{Sentence.Start(FunctionDescription.Of(method))} cannot be a job: {reason}.");
        if (method.IsStatic)
            return function.Target is null ? TargetKind.None : TargetKind.FirstArgument;
        var type = method.DeclaringType!;
        if (ClosureClass.IsStateless(type))
            return TargetKind.Stateless;
        if (ClosureClass.HoldsCaptures(type))
            return TargetKind.Closure;
        throw new FunctionNotPortableException(
            method.Name.StartsWith('<') || method.Name.StartsWith("_Lambda$__", StringComparison.Ordinal)
                ? $"{Sentence.Start(FunctionDescription.Of(method))} uses 'this', which is a {TypeName.Of(type)}. "
                    + "A worker has no copy of that object: "
                    + "copy the members it uses into local variables first (var x = this.X;) and use those."
                : $"{Sentence.Start(FunctionDescription.Of(method))} is an instance method of {TypeName.Of(type)}. "
                    + "A worker has no copy of that object: make the method static, or call a static method with the data it needs.");
    }

    /// <summary>Refuses a type that a worker would not resolve by name.</summary>
    public void CheckType(Type type, string what)
    {
        if (type.HasElementType)
        {
            CheckType(type.GetElementType()!, what);
            return;
        }

        foreach (var argument in type.IsGenericType ? type.GetGenericArguments() : [])
            CheckType(argument, what);
        if (type.IsGenericParameter || type.Assembly.IsDynamic)
            throw new FunctionNotPortableException($"{what} is {TypeName.Of(type)}, a type that exists in this process only.");
        if (!gate.Allows(type.Assembly) && !FrameworkAssemblies.IsFramework(type.Assembly) && type != typeof(NoValue))
        {
            var assembly = type.Assembly.GetName().Name!;
            throw new FunctionNotPortableException($"{what} is {TypeName.Of(type)}, " + (FrameworkAssemblies.IsHandler(assembly)
                ? Remedy.OfHandler
                : $"of assembly {assembly}, which is not allowed. Add the assembly to the option AllowedAssemblies."));
        }
    }

    /// <summary>Refuses an F# function value that a worker would not create.</summary>
    public void CheckFunctionObject(Type type)
    {
        foreach (var argument in type.GetGenericArguments())
            CheckArgument(argument, "the function value " + type.Name);
    }

    private void CheckMethod(MethodInfo method)
    {
        if (method.DeclaringType is null || method.Module.Assembly.IsDynamic)
            throw new FunctionNotPortableException(
                $"The function {method.Name} was compiled at run time (Expression.Compile, DynamicMethod or Reflection.Emit), "
                    + "so a worker cannot find its code. Pass a lambda or a static method.");
        var assembly = method.Module.Assembly;
        var name = assembly.GetName().Name!;
        if (AssemblyFile.PathOf(assembly) is null && !AssemblyFile.IsSingleFile)
            throw new FunctionNotPortableException(
                $"{Sentence.Start(FunctionDescription.Of(method))} is in assembly {name}, "
                    + "which was loaded from memory, so a worker cannot find it. Load it from a file of the application.");
        if (AssemblyLoadContext.GetLoadContext(assembly) is { } context && context != AssemblyLoadContext.Default)
            throw new FunctionNotPortableException(
                $"{Sentence.Start(FunctionDescription.Of(method))} is in assembly {name}, "
                    + $"which was loaded into a separate load context ({context.Name ?? "unnamed"}). "
                    + "Workers have only the application's default context.");
        if (!gate.Allows(assembly))
            throw new FunctionNotPortableException(
                $"{Sentence.Start(FunctionDescription.Of(method))} cannot be a job: {TypeGate.NotAllowed(name)}");
    }

    private void CheckArguments(MethodInfo method)
    {
        foreach (var argument in method.DeclaringType!.GetGenericArguments())
            CheckArgument(argument, FunctionDescription.Of(method));
        foreach (var argument in method.IsGenericMethod ? method.GetGenericArguments() : [])
            CheckArgument(argument, FunctionDescription.Of(method));
    }

    private void CheckArgument(Type argument, string function)
    {
        CheckType(argument, $"A type argument of {function}");
        if (!gate.IsArgument(argument))
            throw new FunctionNotPortableException($"{Sentence.Start(function)} cannot be a job: {TypeGate.NotAnArgument(argument)}");
    }
}
