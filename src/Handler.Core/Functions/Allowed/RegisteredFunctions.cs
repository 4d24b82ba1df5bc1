using System.Buffers;
using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Handler.Functions;

/// <summary>
/// Collects the functions that have a stable name: those marked with <see cref="JobFunctionAttribute"/> and those added to the options.
/// </summary>
internal static class RegisteredFunctions
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyList<(string Name, MethodInfo Method)>> Scanned = new();

    /// <summary>The methods by name, as workers find them. Leaves out those that have errors.</summary>
    public static Dictionary<string, byte[]> Collect(
        IEnumerable<string> assemblies, IEnumerable<KeyValuePair<string, Delegate>> added, TypeGate gate)
        => Find(assemblies, added, gate, []).ToDictionary(pair => pair.Key, pair => Write(pair.Value), StringComparer.Ordinal);

    /// <summary>The names that are used twice, and the methods that cannot be registered, a sentence each.</summary>
    public static List<string> ErrorsIn(
        IEnumerable<string> assemblies, IEnumerable<KeyValuePair<string, Delegate>> added, TypeGate gate)
    {
        var errors = new List<string>();
        Find(assemblies, added, gate, errors);
        return errors;
    }

    private static Dictionary<string, MethodInfo> Find(
        IEnumerable<string> assemblies, IEnumerable<KeyValuePair<string, Delegate>> added, TypeGate gate, List<string> errors)
    {
        var methods = new Dictionary<string, MethodInfo>(StringComparer.Ordinal);
        foreach (var assembly in assemblies)
        {
            foreach (var (name, method) in TryLoad(assembly) is { } loaded ? Marked(loaded) : [])
                Add(methods, errors, name, method, gate);
        }

        foreach (var (name, function) in added)
            Add(methods, errors, name, function.Method, gate);
        return methods;
    }

    private static void Add(Dictionary<string, MethodInfo> methods, List<string> errors, string name, MethodInfo method, TypeGate gate)
    {
        var description = $"{TypeName.Of(method.DeclaringType!)}.{method.Name}";
        if (string.IsNullOrWhiteSpace(name))
            errors.Add($"{description} is registered without a name.");
        else if (RegisteredMethod.Unsuitable(method) is { } reason)
            errors.Add($"{description} cannot be registered as \"{Excerpt.OfName(name)}\": {reason}.");
        else if (!gate.Allows(method.Module.Assembly))
            errors.Add(
                $"{description} cannot be registered as \"{Excerpt.OfName(name)}\": "
                    + TypeGate.NotAllowed(method.Module.Assembly.GetName().Name!));
        else if (!methods.TryAdd(name, method) && methods[name] != method)
            errors.Add(
                $"Two functions are registered as \"{Excerpt.OfName(name)}\": "
                    + $"{TypeName.Of(methods[name].DeclaringType!)}.{methods[name].Name} and {description}. A name stands for one function."
            );
    }

    private static byte[] Write(MethodInfo method)
    {
        var writer = new ArrayBufferWriter<byte>();
        RegisteredMethod.Write(writer, method);
        return writer.WrittenSpan.ToArray();
    }

    private static Assembly? TryLoad(string name)
    {
        try
        {
            return Assembly.Load(new AssemblyName(name));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            return null; // no function in it can be called either
        }
    }

    private static IReadOnlyList<(string Name, MethodInfo Method)> Marked(Assembly assembly) => Scanned.GetOrAdd(assembly, Scan);

    /// <summary>
    /// Finds the marked methods. Reads the metadata's table of attributes, which is far faster than asking each method for its attributes.
    /// </summary>
    private static unsafe IReadOnlyList<(string Name, MethodInfo Method)> Scan(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out var blob, out var length))
            return [];
        var found = new List<(string, MethodInfo)>();
        var reader = new MetadataReader(blob, length);
        foreach (var handle in reader.CustomAttributes)
        {
            var attribute = reader.GetCustomAttribute(handle);
            if (attribute.Parent.Kind != HandleKind.MethodDefinition || !IsJobFunction(reader, attribute.Constructor))
                continue;
            if (assembly.ManifestModule.ResolveMethod(MetadataTokens.GetToken(attribute.Parent)) is MethodInfo method
                && method.GetCustomAttribute<JobFunctionAttribute>() is { } marked)
                found.Add((marked.Name, method));
        }

        return found;
    }

    private static bool IsJobFunction(MetadataReader reader, EntityHandle constructor)
    {
        if (constructor.Kind != HandleKind.MemberReference)
            return false;
        var parent = reader.GetMemberReference((MemberReferenceHandle)constructor).Parent;
        return parent.Kind == HandleKind.TypeReference
            && reader.StringComparer.Equals(reader.GetTypeReference((TypeReferenceHandle)parent).Name, nameof(JobFunctionAttribute));
    }
}
