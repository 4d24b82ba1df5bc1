namespace Handler.Infrastructure;

/// <summary>The file that lists the assemblies of this application.</summary>
internal static class DepsFile
{
    /// <summary>
    /// The deps file that this application was started with; <see langword="null"/> if it has none. Under a test host it is that of the
    /// tests.
    /// </summary>
    /// <param name="runtime">A shared runtime, whose deps file does not count; <see langword="null"/> for none.</param>
    public static string? OfApplication(string? runtime = null)
        => FirstAmong(AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "", runtime, File.Exists);

    /// <summary>The first deps file that is not the runtime's: the application's comes before those of the frameworks.</summary>
    /// <param name="list">Paths separated by semicolons; a path may itself contain semicolons.</param>
    /// <param name="runtime">The runtime's folder.</param>
    /// <param name="exists">Returns whether a file exists.</param>
    internal static string? FirstAmong(string list, string? runtime, Func<string, bool> exists)
    {
        var parts = list.Split(';');
        for (var first = 0; first < parts.Length; first++)
        {
            for (var last = first; last < parts.Length; last++)
            {
                var file = string.Join(';', parts[first..(last + 1)]);
                if (file.EndsWith(".deps.json", StringComparison.Ordinal)
                    && Path.IsPathRooted(file)
                    && (runtime is null || !file.StartsWith(runtime, StringComparison.Ordinal))
                    && exists(file))
                    return file;
            }
        }

        return null;
    }
}
