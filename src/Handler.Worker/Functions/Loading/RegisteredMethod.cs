using System.Buffers;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// The method behind a registered name: assembly, type, method and parameter types by name, never by token, so that the policy of one build
/// finds the method in another build.
/// </summary>
internal static class RegisteredMethod
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static void Write(IBufferWriter<byte> writer, MethodInfo method)
    {
        writer.WriteName(method.Module.Assembly.GetName().Name!);
        writer.WriteName(method.DeclaringType!.FullName!);
        writer.WriteName(method.Name);
        var parameters = method.GetParameters();
        writer.WriteLength(parameters.Length);
        foreach (var parameter in parameters)
            writer.WriteName(TypeName.Of(parameter.ParameterType));
    }

    public static MethodInfo Read(ReadOnlySpan<byte> bytes, TypeGate gate)
    {
        var reader = new PayloadReader(bytes);
        var assembly = gate.LoadFunctionAssembly(reader.ReadName());
        var typeName = reader.ReadName();
        var methodName = reader.ReadName();
        var parameters = new string[reader.ReadCount()];
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = reader.ReadName();
        reader.RequireEnd();

        var type = assembly.GetType(typeName);
        if (type is not null && !gate.Allows(type.Assembly))
            // The assembly may forward the type to another one.
            throw new FunctionLoadException(TypeGate.NotAllowed(type.Assembly.GetName().Name!));
        foreach (var method in type?.GetMethods(Statics) ?? [])
        {
            if (method.Name == methodName && Matches(method.GetParameters(), parameters))
                return method;
        }

        throw new FunctionLoadException(
            $"Assembly {assembly.GetName().Name} has "
                + $"no static method {typeName}.{methodName}({string.Join(", ", parameters)}) in this worker.");
    }

    /// <summary>Why a method cannot be registered; <see langword="null"/> if it can.</summary>
    public static string? Unsuitable(MethodInfo method)
    {
        if (!method.IsStatic)
            return "it is not static";
        if (method.IsGenericMethod || method.DeclaringType is not { IsGenericType: false })
            return "it is generic, or in a generic type";
        if (method.Name.StartsWith('<'))
            return "it is a local function or a lambda, whose name changes with each build. Use an ordinary static method";
        var parameters = method.GetParameters();
        var values = parameters.Length - (TakesToken(parameters) ? 1 : 0);
        if (values > 1)
            return "it takes more than one argument besides a CancellationToken. Use one argument of a record or tuple type";
        foreach (var parameter in parameters)
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer || parameter.ParameterType.IsByRefLike)
                return $"its parameter {parameter.Name} is a reference, a pointer or a ref struct";
        }

        return values == 1 && parameters[0].ParameterType == typeof(CancellationToken) ? "it takes two tokens" : null;
    }

    public static bool TakesToken(ParameterInfo[] parameters)
        => parameters.Length > 0 && parameters[^1].ParameterType == typeof(CancellationToken);

    private static bool Matches(ParameterInfo[] parameters, string[] names)
    {
        if (parameters.Length != names.Length)
            return false;
        for (var i = 0; i < names.Length; i++)
        {
            if (TypeName.Of(parameters[i].ParameterType) != names[i])
                return false;
        }

        return true;
    }
}
