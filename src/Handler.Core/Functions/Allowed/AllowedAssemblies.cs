using System.Reflection;

namespace Handler.Functions;

/// <summary>The assemblies that functions may come from: the application's own and those that the options add.</summary>
internal static class AllowedAssemblies
{
    /// <summary>The allowed assemblies, without those that the options must not add.</summary>
    public static IReadOnlyList<string> Of(HandlerOptionsBase options)
        => [.. ApplicationAssemblies.Names.Concat(options.AllowedAssemblies.Where(static name => !IsRefused(name)))
            .Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>An error that lists all assemblies that the options must not add.</summary>
    public static IEnumerable<string> ErrorsIn(HandlerOptionsBase options)
    {
        var refused = options.AllowedAssemblies.Where(IsRefused).Select(static name => $"\"{Excerpt.OfName(name ?? "")}\"").ToList();
        if (refused.Count > 0)
        {
            yield return $"{options.Name}.AllowedAssemblies has {string.Join(", ", refused)}: assemblies of the framework or of the "
                + "handler itself are never allowed, and names must not be empty. Call their methods from a lambda of your own.";
        }
    }

    private static bool IsRefused(string name) => string.IsNullOrWhiteSpace(name) || BelongsToFramework(name);

    private static bool BelongsToFramework(string name)
    {
        if (FrameworkAssemblies.IsHandler(name))
            return true;
        try
        {
            return FrameworkAssemblies.IsFramework(Assembly.Load(new AssemblyName(name)));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            return false; // it cannot be loaded here, but perhaps in the worker, which checks again
        }
    }
}
