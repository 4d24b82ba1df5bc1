using System.Collections.Concurrent;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// The only place where a name from a payload becomes a type. It resolves types of allowed assemblies and of the framework, and
/// makes objects only of types from allowed assemblies and of a few plain framework types: others can do harm just by being read.
/// </summary>
internal sealed class TypeGate
{
    private const int CacheLimit = 4096;

    private readonly HashSet<string> allowed;
    private readonly ConcurrentDictionary<Type, bool> readable = new();
    private readonly ConcurrentDictionary<string, Type> types = new(StringComparer.Ordinal);

    public TypeGate(IEnumerable<string> allowedAssemblies) => allowed = new HashSet<string>(allowedAssemblies, StringComparer.OrdinalIgnoreCase);

    public bool Allows(Assembly assembly)
    {
        var name = assembly.GetName();
        return name.Name is { } simple && allowed.Contains(simple) && !FrameworkAssemblies.IsHandler(simple) && !FrameworkAssemblies.IsFramework(name);
    }

    /// <summary>Loads an assembly that functions may come from.</summary>
    public Assembly LoadFunctionAssembly(string name)
    {
        if (!allowed.Contains(name) || FrameworkAssemblies.IsHandler(name))
            throw new FunctionLoadException(NotAllowed(name));
        var assembly = Load(name);
        return Allows(assembly) ? assembly : throw new FunctionLoadException(NotAllowed(name));
    }

    public Type Resolve(string assembly, string name)
    {
        var key = $"{name}, {assembly}";
        if (types.TryGetValue(key, out var known))
            return known;
        if (name.AsSpan().ContainsAny("[],*&"))
            throw new FunctionLoadException($"\"{name}\" is not the name of one type."); // it could bring in further assemblies
        Assembly loaded;
        if (allowed.Contains(assembly))
            loaded = Load(assembly);
        else if (FrameworkAssemblies.HasFrameworkName(assembly) && Load(assembly) is { } framework && FrameworkAssemblies.IsFramework(framework))
            loaded = framework;
        else
            throw new FunctionLoadException($"Type {name} is in assembly {assembly}, which is neither the framework's nor allowed. Add it to HandlerOptions.AllowedAssemblies.");
        var type = loaded.GetType(name) ?? throw new FunctionLoadException($"Assembly {assembly} has no type {name} in this worker: caller and worker are of different builds.");
        if (types.Count < CacheLimit)
            types.TryAdd(key, type);
        return type;
    }

    /// <summary>Refuses a type that a payload named as the type of a value, unless its values are plain data.</summary>
    public void RequireReadable(Type type)
    {
        if (!IsReadable(type))
            throw new FunctionLoadException(NotReadable(type));
    }

    /// <summary>Whether values of a type may be made because a payload says so.</summary>
    public bool IsReadable(Type type)
    {
        if (readable.TryGetValue(type, out var known))
            return known;
        known = FindReadable(type);
        if (readable.Count < CacheLimit)
            readable.TryAdd(type, known);
        return known;
    }

    public static string NotReadable(Type type)
        => $"Values of type {TypeName.Of(type)} are not read from a payload: the type is not from an allowed assembly and not one of the framework's plain data types. Copy the data into a type of your own, or add its assembly to HandlerOptions.AllowedAssemblies.";

    public static string NotAllowed(string assembly)
        => FrameworkAssemblies.HasFrameworkName(assembly) || FrameworkAssemblies.IsHandler(assembly)
            ? $"Assembly {assembly} belongs to the framework or to the handler itself; workers never run its functions directly. Call it from a lambda of your own."
            : $"Assembly {assembly} is not allowed to provide job functions. Add it to HandlerOptions.AllowedAssemblies if it should.";

    private bool FindReadable(Type type)
    {
        if (type.IsArray)
            return IsReadable(type.GetElementType()!);
        if (type.IsByRefLike || type.IsPointer)
            return false;
        if (type.IsGenericType)
        {
            foreach (var argument in type.GetGenericArguments())
            {
                if (!IsReadable(argument))
                    return false;
            }

            return PlainTypes.Contains(type.GetGenericTypeDefinition()) || Allows(type.Assembly);
        }

        return PlainTypes.Contains(type) || Allows(type.Assembly);
    }

    private static Assembly Load(string name)
    {
        try
        {
            return Assembly.Load(new AssemblyName(name));
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or ArgumentException)
        {
            throw new FunctionLoadException($"Assembly {name} cannot be loaded in the worker: {e.Message}", e);
        }
    }
}
