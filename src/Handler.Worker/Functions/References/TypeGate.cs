using System.Collections.Concurrent;
using System.Reflection;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// The only place where a name from a payload becomes a type. It resolves types of allowed assemblies and of the framework. It creates
/// objects only of types from allowed assemblies and of a few plain framework types, because others can do harm merely by being read.
/// </summary>
internal sealed class TypeGate
{
    private const int MostDimensions = 32;

    private readonly HashSet<string> allowed;
    private readonly ConcurrentDictionary<Type, bool> readable = new();
    private readonly ConcurrentDictionary<string, Type> types = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<object, Type> made = new();
    private readonly bool trustsCallers;

    /// <summary>Creates a gate.</summary>
    /// <param name="allowedAssemblies">Simple names of the assemblies that functions may come from.</param>
    /// <param name="trustsCallers">Whether calls come from the application itself; see <see cref="FunctionPolicy.TrustsCallers"/>.</param>
    public TypeGate(IEnumerable<string> allowedAssemblies, bool trustsCallers = false)
    {
        allowed = new HashSet<string>(allowedAssemblies, StringComparer.OrdinalIgnoreCase);
        this.trustsCallers = trustsCallers;
    }

    /// <summary>Gates that allow the same have the same key.</summary>
    public string Key => string.Join('\n', allowed.Select(name => name.ToUpperInvariant()).Order(StringComparer.Ordinal));

    public bool Allows(Assembly assembly)
    {
        var name = assembly.GetName();
        return name.Name is { } simple
            && allowed.Contains(simple)
            && !FrameworkAssemblies.IsHandler(simple)
            && !FrameworkAssemblies.IsFramework(name);
    }

    /// <summary>Loads an assembly from which functions may come.</summary>
    public Assembly LoadFunctionAssembly(string name)
    {
        if (!allowed.Contains(name) || FrameworkAssemblies.IsHandler(name))
            throw new FunctionLoadException(NotAllowed(name));
        var assembly = Load(name);
        return Allows(assembly) ? assembly : throw new FunctionLoadException(NotAllowed(name));
    }

    /// <summary>Rejects a method that cannot be a function; see <see cref="CallableMethods"/>.</summary>
    public void RequireCallable(MethodInfo method)
    {
        if (!Allows(method.Module.Assembly))
            throw new FunctionLoadException(NotAllowed(method.Module.Assembly.GetName().Name!));
        if (WhyNotCallable(method) is { } reason)
            throw new FunctionLoadException(
                $"The method {method.Name} of assembly {method.Module.Assembly.GetName().Name} cannot be a function: {reason}.");
    }

    /// <inheritdoc cref="CallableMethods.Unsuitable"/>
    public string? WhyNotCallable(MethodInfo method) => CallableMethods.Unsuitable(method, trustsCallers);

    /// <summary>Creates a constructed type that a payload specifies.</summary>
    public Type MakeGeneric(Type definition, Type[] arguments)
    {
        if (!definition.IsGenericTypeDefinition)
            throw new FormatException($"The payload has type arguments for {TypeName.Of(definition)}, which takes none.");
        object key = definition;
        foreach (var argument in arguments)
            key = (key, argument);
        return Make(key, (definition, arguments), static parts => parts.definition.MakeGenericType(parts.arguments));
    }

    /// <summary>Creates an array type that a payload specifies.</summary>
    /// <param name="element">The type of its elements.</param>
    /// <param name="rank">0 for ordinary arrays, otherwise the number of dimensions.</param>
    public Type MakeArray(Type element, int rank)
        => rank <= MostDimensions
            ? Make((element, rank), (element, rank), static parts =>
                parts.rank == 0 ? parts.element.MakeArrayType() : parts.element.MakeArrayType(parts.rank))
            : throw new FormatException($"The payload has an array of {rank} dimensions; the most possible are {MostDimensions}.");

    /// <summary>The runtime never frees a type, so the number of types that a process creates for payloads is limited.</summary>
    private Type Make<TParts>(object key, TParts parts, Func<TParts, Type> make)
    {
        if (made.TryGetValue(key, out var known))
            return known;
        if (made.Count >= CacheSize)
            throw new FunctionLoadException(
                $"Payloads have already named {CacheSize} different generic and array types in this process; it creates no further ones.");
        try
        {
            return made.GetOrAdd(key, make(parts));
        }
        catch (Exception exception)
            when (exception is ArgumentException or TypeLoadException or InvalidOperationException or NotSupportedException)
        {
            throw new FunctionLoadException($"The payload names a type that cannot exist: {exception.Message}", exception);
        }
    }

    public Type Resolve(string assembly, string name)
    {
        var key = $"{name}, {assembly}";
        if (types.TryGetValue(key, out var known))
            return known;
        if (name.AsSpan().ContainsAny("[],*&"))
            throw new FunctionLoadException($"\"{name}\" is not the name of one type."); // such a name could load further assemblies
        var loaded = allowed.Contains(assembly) || FrameworkAssemblies.MayBeInstalled(assembly) ? Load(assembly) : null;
        if (loaded is null || !(Allows(loaded) || FrameworkAssemblies.IsFramework(loaded)))
        {
            throw new FunctionLoadException(FrameworkAssemblies.IsHandler(assembly)
                ? $"Type {name} is {Remedy.OfHandler}"
                : $"Type {name} is in assembly {assembly}, which is neither the framework's nor allowed. "
                    + "Add it to the option AllowedAssemblies.");
        }

        var type = Find(loaded, name)
            ?? throw new FunctionLoadException(
                $"Assembly {assembly} has no type {name} in this worker: caller and worker are of different builds.");
        if (type.Assembly != loaded && !(Allows(type.Assembly) || FrameworkAssemblies.IsFramework(type.Assembly)))
            throw new FunctionLoadException(NotAllowed(type.Assembly.GetName().Name!)); // the assembly may forward the type to another one
        if (types.Count < CacheSize)
            types.TryAdd(key, type);
        return type;
    }

    /// <summary>Rejects a type that a payload named as the type of a value, unless its values are plain data.</summary>
    public void RequireReadable(Type type)
    {
        if (!IsReadable(type))
            throw new FunctionLoadException(NotReadable(type));
    }

    /// <summary>Rejects a type that a payload named as a generic argument, unless its values may be created or it can have none.</summary>
    public void RequireArgument(Type type)
    {
        if (!IsArgument(type))
            throw new FunctionLoadException(NotAnArgument(type));
    }

    /// <summary>
    /// Whether a payload may name a type as a generic argument of a method or of its declaring type. The method could create an object of
    /// it, or the payload could contain a captured one, so the rule for values applies. Types that are not data but harmless may be named
    /// as well.
    /// </summary>
    public bool IsArgument(Type type)
        => trustsCallers
        || IsReadable(type)
        || (
            !type.IsPointer
            && !type.IsByRefLike
            && FrameworkAssemblies.IsFramework(type.Assembly)
            && (
                type.IsEnum
                || type.IsInterface
                || type == typeof(object)
                || type == typeof(Type)
                || type == typeof(CancellationToken)
                || type == typeof(ValueTask)
                || typeof(Delegate).IsAssignableFrom(type)
                || typeof(Exception).IsAssignableFrom(type)
                || IsTask(type)
                || type.IsArray)
            && (type.HasElementType ? IsArgument(type.GetElementType()!) : Array.TrueForAll(type.GetGenericArguments(), IsArgument)));

    public static string NotAnArgument(Type type) =>
        $"Type {TypeName.Of(type)} cannot be named as a generic argument: it is not from an allowed assembly, "
            + "and not one of the framework's plain data types, interfaces, delegates, enums, tasks or exceptions. "
            + "Use it inside the function instead, or a type of your own.";

    private static bool IsTask(Type type)
        => typeof(Task).IsAssignableFrom(type) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    /// <summary>Whether a payload may cause values of a type to be created.</summary>
    public bool IsReadable(Type type)
    {
        if (readable.TryGetValue(type, out var known))
            return known;
        known = FindReadable(type);
        if (readable.Count < CacheSize)
            readable.TryAdd(type, known);
        return known;
    }

    public static string NotReadable(Type type)
    {
        var why = FrameworkAssemblies.IsFramework(type.Assembly)
            ? "it is not one of the framework's plain data types, and AllowedAssemblies takes no assembly of the framework"
            : FrameworkAssemblies.IsHandler(type.Assembly.GetName().Name!)
                ? "it is a type of Handler itself"
                : "its assembly is not allowed";
        var remedy = Remedy.For(type, "Copy the data into a type of your own, or add its assembly to the option AllowedAssemblies.");
        return $"Values of type {TypeName.Of(type)} are not read from a payload: {why}. {remedy}";
    }

    public static string NotAllowed(string assembly)
        => FrameworkAssemblies.HasFrameworkName(assembly) || FrameworkAssemblies.IsHandler(assembly)
            ? $"Assembly {assembly} belongs to the framework or to the handler itself; workers never run its functions directly. "
                + "Call it from a lambda of your own."
            : $"Assembly {assembly} is not allowed to provide job functions. Add it to the option AllowedAssemblies if it should.";

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

    private static Type? Find(Assembly assembly, string name)
    {
        try
        {
            return assembly.GetType(name);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException or TypeLoadException)
        {
            throw new FunctionLoadException(
                $"Type {name} of assembly {assembly.GetName().Name} cannot be loaded in the worker: {exception.Message}",
                exception);
        }
    }

    private static Assembly Load(string name)
    {
        try
        {
            return Assembly.Load(new AssemblyName(name));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException)
        {
            throw new FunctionLoadException($"Assembly {name} cannot be loaded in the worker: {exception.Message}", exception);
        }
    }
}
