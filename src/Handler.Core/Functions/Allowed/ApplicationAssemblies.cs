using System.Reflection;
using System.Text.Json;
using Handler.Infrastructure;

namespace Handler.Functions;

/// <summary>
/// The application's own assemblies: those that were built from projects according to its deps file, and its entry assembly. Packages are
/// not included, because their code was not written to be called by name.
/// </summary>
internal static class ApplicationAssemblies
{
    private static readonly Lazy<IReadOnlyList<string>> Found = new(Find);

    /// <summary>The simple names of the assemblies.</summary>
    public static IReadOnlyList<string> Names => Found.Value;

    private static List<string> Find()
    {
        var names = new List<string>();
        if (Assembly.GetEntryAssembly() is { } entry && !FrameworkAssemblies.IsFramework(entry))
            Add(names, entry.GetName().Name!);

        if (DepsFile.OfApplication() is { } own)
        {
            foreach (var name in ReadProjects(File.ReadAllBytes(own)))
                Add(names, name);
        }

        return names;
    }

    /// <summary>The assemblies of the projects in a deps file.</summary>
    internal static IEnumerable<string> ReadProjects(ReadOnlyMemory<byte> depsFile)
    {
        using var document = JsonDocument.Parse(
            depsFile,
            new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var root = document.RootElement;
        var names = new List<string>();
        if (!root.TryGetProperty("libraries", out var libraries))
            return names;
        foreach (var library in libraries.EnumerateObject())
        {
            if (library.Value.TryGetProperty("type", out var type) && type.GetString() == "project")
                names.AddRange(AssembliesOf(root, library.Name));
        }

        return names;
    }

    /// <summary>
    /// The assemblies of one project. Their names come from the target's list of files, because they may differ from the project's name.
    /// </summary>
    private static IEnumerable<string> AssembliesOf(JsonElement root, string library)
    {
        if (root.TryGetProperty("targets", out var targets))
        {
            foreach (var target in targets.EnumerateObject())
            {
                if (!target.Value.TryGetProperty(library, out var parts) || !parts.TryGetProperty("runtime", out var files))
                    continue;
                foreach (var file in files.EnumerateObject())
                    yield return Path.GetFileNameWithoutExtension(file.Name);
                yield break;
            }
        }

        yield return library.Split('/')[0];
    }

    private static void Add(List<string> names, string name)
    {
        if (!FrameworkAssemblies.IsHandler(name) && !names.Contains(name, StringComparer.OrdinalIgnoreCase))
            names.Add(name);
    }
}
