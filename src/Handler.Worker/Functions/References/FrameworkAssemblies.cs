using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// Identifies the assemblies of the framework and of Handler itself. No job function may come from these, whatever the options say.
/// </summary>
internal static class FrameworkAssemblies
{
    /// <summary>The names of the assemblies among the framework's files; empty if they are not files.</summary>
    private static readonly Lazy<HashSet<string>> Installed = new(FindInstalled);

    /// <summary>The public key tokens with which Microsoft signs the runtime, its libraries, ASP.NET Core and the extensions.</summary>
    private static readonly ulong[] Tokens =
    [
        0x7cec85d7bea7798e, 0xb03f5f7f11d50a3a, 0xb77a5c561934e089, 0xcc7b13ffcd2ddd51, 0xadb9793829ddae60, 0x31bf3856ad364e35,
    ];

    /// <summary>
    /// Whether an assembly is part of Handler. The program <c>handler</c> is not: like any application, it runs its own functions.
    /// </summary>
    public static bool IsHandler(string name) => HandlerAssemblies.Names.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name can only belong to the framework. Checked before loading an assembly by a name from a payload.</summary>
    public static bool HasFrameworkName(string name)
        => name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "System" or "mscorlib" or "netstandard" or "WindowsBase" or "FSharp.Core";

    /// <summary>
    /// Whether a framework assembly of this name may exist. Checked before asking the runtime, which remembers every name that it could not
    /// find.
    /// </summary>
    public static bool MayBeInstalled(string name)
        => HasFrameworkName(name) && (Installed.Value.Count == 0 || Installed.Value.Contains(name));

    public static bool IsFramework(Assembly assembly) => IsFramework(assembly.GetName());

    public static bool IsFramework(AssemblyName name)
    {
        var token = name.GetPublicKeyToken();
        if (token is not { Length: 8 })
            return false;
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(token);
        return Array.IndexOf(Tokens, number) >= 0;
    }

    private static HashSet<string> FindInstalled()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (typeof(object).Assembly.Location.Length == 0)
            return names; // single-file application
        foreach (var path in (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "").Split(
                Path.PathSeparator,
                StringSplitOptions.RemoveEmptyEntries))
            names.Add(Path.GetFileNameWithoutExtension(path));
        return names;
    }

    /// <summary>Whether an assembly belongs to the framework or to Handler, and not to the application.</summary>
    public static bool IsOurs(Assembly assembly) => IsFramework(assembly) || IsHandler(assembly.GetName().Name ?? "");
}
