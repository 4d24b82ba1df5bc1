using System.Reflection;

namespace Handler.Functions;

/// <summary>The assemblies that functions may come from: the application's own and those that the options add.</summary>
internal static class AllowedAssemblies
{
    /// <exception cref="ArgumentException">The options add a framework assembly; the message lists all of them.</exception>
    public static IReadOnlyList<string> Of(HandlerOptionsBase options)
    {
        var refused = options.AllowedAssemblies.Where(name => string.IsNullOrWhiteSpace(name) || BelongsToFramework(name)).ToList();
        if (refused.Count > 0)
        {
            var names = string.Join(", ", refused.Select(name => $"\"{name}\""));
            throw new ArgumentException(
                $"{options.Name}.AllowedAssemblies has {names}: assemblies of the framework or of the handler itself are never allowed, "
                + "and names must not be empty. Call their methods from a lambda of your own.");
        }

        return [.. ApplicationAssemblies.Names.Concat(options.AllowedAssemblies).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static bool BelongsToFramework(string name)
    {
        if (FrameworkAssemblies.IsHandler(name))
            return true;
        try
        {
            return FrameworkAssemblies.IsFramework(Assembly.Load(new AssemblyName(name)));
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            return false; // it cannot be loaded here, but perhaps in the worker, which checks again
        }
    }
}
