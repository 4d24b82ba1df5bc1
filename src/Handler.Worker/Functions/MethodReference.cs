using System.Buffers;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// A method in a payload: assembly, module version, metadata token and generic arguments. It means something only to a worker with
/// the very same build of the assembly, which the module version id proves.
/// </summary>
internal static class MethodReference
{
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
        var typeArguments = TypeReference.ReadAll(ref reader, gate);
        var methodArguments = TypeReference.ReadAll(ref reader, gate);

        var module = gate.LoadFunctionAssembly(assemblyName).ManifestModule;
        if (module.ModuleVersionId != version)
            throw new FunctionLoadException($"Assembly {assemblyName} is another build in the worker (module version {module.ModuleVersionId}) than at the caller ({version}), so {name} cannot be found by its reference. Deploy the same build to both, or use a registered function: [JobFunction(\"name\")] and RunRegisteredAsync.");
        var method = Resolve(module, token, typeArguments);
        if (method.Name != name)
            throw new FunctionLoadException($"The payload names method {name} of assembly {assemblyName}, but its token is that of {method.Name}.");
        return methodArguments.Length == 0 ? method : method.MakeGenericMethod(methodArguments);
    }

    private static MethodInfo Resolve(Module module, int token, Type[] typeArguments)
    {
        var method = module.ResolveMethod(token) as MethodInfo
            ?? throw new FunctionLoadException($"Token {token:x8} of module {module.Name} is not a method.");
        if (typeArguments.Length == 0)
            return method;
        var type = method.DeclaringType!.MakeGenericType(typeArguments);
        return (MethodInfo)MethodBase.GetMethodFromHandle(method.MethodHandle, type.TypeHandle)!;
    }
}
