using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;

namespace Handler.Cli;

/// <summary>
/// Runs, in the worker, a method of an assembly that this tool was not built with. The assembly's dependencies are found by its deps file.
/// Frameworks other than Microsoft.NETCore.App are not available.
/// </summary>
internal static class ForeignMethod
{
    public static string? Run(string path, string name, string? argument)
    {
        var method = Find(new Context(path).LoadFromAssemblyPath(path), name, argument is null ? 0 : 1);
        object?[] arguments = method.GetParameters() is [var parameter] ? [Convert(argument!, parameter.ParameterType)] : [];
        var result = method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);
        if (result is Task task)
        {
            task.GetAwaiter().GetResult();
            result = method.ReturnType.IsGenericType ? ((dynamic)task).Result : null;
        }

        return System.Convert.ToString(result, CultureInfo.InvariantCulture);
    }

    private static MethodInfo Find(Assembly assembly, string name, int parameters)
    {
        var dot = name.LastIndexOf('.');
        if (dot <= 0)
            throw new ArgumentException($"\"{name}\" is not Namespace.Type.Method.");
        var type = assembly.GetType(name[..dot])
            ?? throw new ArgumentException($"Assembly {assembly.GetName().Name} has no type {name[..dot]}.");
        var named = type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(method => method.Name == name[(dot + 1)..] && !method.ContainsGenericParameters)
            .ToList();
        return named.FindAll(method => method.GetParameters().Length == parameters) is [var only]
            ? only
            : throw new ArgumentException(
                $"{name}: expected one static method with {parameters} parameter(s); there are {named.Count} static methods of that name.");
    }

    private static object? Convert(string text, Type type)
        => type == typeof(string) ? text : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);

    private sealed class Context(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver resolver = new(path);

        protected override Assembly? Load(AssemblyName name)
            => resolver.ResolveAssemblyToPath(name) is { } file ? LoadFromAssemblyPath(file) : null;

        protected override nint LoadUnmanagedDll(string name)
            => resolver.ResolveUnmanagedDllToPath(name) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
    }
}
