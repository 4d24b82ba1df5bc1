using System.Collections;
using System.Diagnostics.Tracing;
using System.Reflection;
using System.Runtime.Loader;
using Handler.Functions;

namespace Handler.Guard;

/// <summary>
/// Finds a job's code that the runtime calls when the process exits, other than handlers of ProcessExit: handlers of
/// <see cref="AssemblyLoadContext.Unloading"/> of any load context, and event sources with their own disposal. A later job that calls
/// Environment.Exit would run it.
/// </summary>
internal sealed class LeftAtExit
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly FieldInfo? Unloading = typeof(AssemblyLoadContext).GetField("_unloading", Any);
    private static readonly ICollection? Contexts =
        typeof(AssemblyLoadContext).GetProperty("AllContexts", Any)?.GetValue(null) as ICollection;

    /// <summary>Event source types that use the framework's disposal.</summary>
    private readonly HashSet<Type> accepted = [];

    /// <summary>The names of members that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
    {
        if (Unloading is null)
            yield return "AssemblyLoadContext._unloading";
        if (Contexts is null)
            yield return "AssemblyLoadContext.AllContexts";
    }

    /// <summary>
    /// Whether a load context other than the default one has a handler of Unloading. If there are no such contexts, this is one comparison.
    /// </summary>
    public static bool Suspects() => Contexts is { Count: > 1 } && FindHandler() is not null;

    /// <returns>The finding, as the words of a message; <see langword="null"/> if there is none.</returns>
    public string? Find()
    {
        if (Contexts is { Count: > 1 } && FindHandler() is { } handler)
            return $"a handler of AssemblyLoadContext.Unloading ({handler.DeclaringType?.FullName}.{handler.Name})";
        foreach (var source in EventSource.GetSources())
        {
            if (accepted.Contains(source.GetType()))
                continue;
            if (DisposesItself(source.GetType()))
                return $"an event source that is disposed of at exit ({source.GetType().FullName})";
            _ = accepted.Add(source.GetType());
        }

        return null;
    }

    private static MethodInfo? FindHandler()
    {
        foreach (var context in AssemblyLoadContext.All)
        {
            if (context != AssemblyLoadContext.Default
                && Unloading?.GetValue(context) is Delegate handlers
                && Array.Find(handlers.GetInvocationList(), static each => !FrameworkAssemblies.IsOurs(each.Method.Module.Assembly))
                    is { Method: var method })
                return method;
        }

        return null;
    }

    private static bool DisposesItself(Type source)
    {
        for (var type = source; type is not null && type != typeof(EventSource); type = type.BaseType)
        {
            if (!FrameworkAssemblies.IsOurs(type.Assembly)
                && type.GetMethod("Dispose", Any | BindingFlags.DeclaredOnly, [typeof(bool)]) is { IsVirtual: true })
                return true;
        }

        return false;
    }
}
