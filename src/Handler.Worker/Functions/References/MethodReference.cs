using System.Buffers;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// A method in a payload: assembly, module version, metadata token and generic arguments. It is valid only in a worker with exactly the
/// same build of the assembly, which the module version id proves.
/// </summary>
internal static class MethodReference
{
    /// <summary>
    /// The first byte of a token for a method that the module itself defines. Tokens of other tables stand for methods of any assembly that
    /// the module uses, including the framework's.
    /// </summary>
    private const int Definition = 0x06;

    public static void Write(IBufferWriter<byte> writer, MethodInfo method)
    {
        writer.WriteName(method.Module.Assembly.GetName().Name!);
        writer.WriteUnmanaged(method.Module.ModuleVersionId);
        writer.WriteInt32(method.MetadataToken);
        writer.WriteName(method.Name);
        TypeReference.WriteAll(writer, method.DeclaringType!.GetGenericArguments());
        TypeReference.WriteAll(writer, method.IsGenericMethod ? method.GetGenericArguments() : []);
    }

    public static MethodInfo Read(ref PayloadReader reader, TypeGate gate)
    {
        var assemblyName = reader.ReadName();
        var version = reader.ReadUnmanaged<Guid>();
        var token = reader.ReadInt32();
        var name = reader.ReadName();
        var typeArguments = ReadArguments(ref reader, gate);
        var methodArguments = ReadArguments(ref reader, gate);

        // The message does not contain the correct version: if it did, any sender of payloads could name methods.
        var module = gate.LoadFunctionAssembly(assemblyName).ManifestModule;
        if (module.ModuleVersionId != version)
            throw new FunctionLoadException(OtherBuild(assemblyName, name));
        var method = Resolve(module, token);
        if (method.Module != module || method.Name != name)
            throw new FunctionLoadException(
                $"The payload names method {name} of assembly {assemblyName}, but its token is that of another method.");
        gate.RequireCallable(method);
        return Instantiate(method, typeArguments, methodArguments);
    }

    public static string OtherBuild(string assembly, string what) =>
        $"Assembly {assembly} is another build in the worker than at the caller, so {what} cannot be found by its reference. "
            + "Deploy the same build to both, or use a registered function: [JobFunction(\"name\")] and RunRegisteredAsync.";

    private static Type[] ReadArguments(ref PayloadReader reader, TypeGate gate)
    {
        var arguments = TypeReference.ReadAll(ref reader, gate);
        foreach (var argument in arguments)
            gate.RequireArgument(argument);
        return arguments;
    }

    private static MethodInfo Resolve(Module module, int token)
    {
        try
        {
            if (token >>> 24 == Definition && module.ResolveMethod(token) is MethodInfo method)
                return method;
        }
        catch (ArgumentException)
        {
            // The module has fewer methods than the token implies.
        }

        throw new FunctionLoadException($"Token {token:x8} is not that of a method which module {module.Name} defines.");
    }

    private static MethodInfo Instantiate(MethodInfo method, Type[] typeArguments, Type[] methodArguments)
    {
        if (typeArguments.Length != method.DeclaringType!.GetGenericArguments().Length
            || methodArguments.Length != (method.IsGenericMethod ? method.GetGenericArguments().Length : 0))
            throw new FormatException(
                $"The payload has {typeArguments.Length} and {methodArguments.Length} type "
                    + $"arguments for {TypeName.Of(method.DeclaringType)}.{method.Name}, which takes others.");
        if (typeArguments.Length > 0)
            method = (MethodInfo)
                MethodBase.GetMethodFromHandle(method.MethodHandle, method.DeclaringType.MakeGenericType(typeArguments).TypeHandle)!;
        return methodArguments.Length == 0 ? method : method.MakeGenericMethod(methodArguments);
    }
}
