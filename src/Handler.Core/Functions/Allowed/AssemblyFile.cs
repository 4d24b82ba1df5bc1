using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Handler.Functions;

/// <summary>The file that an assembly was loaded from.</summary>
internal static class AssemblyFile
{
    /// <summary>Whether this application is a single file, so that its assemblies have no separate files.</summary>
    public static bool IsSingleFile { get; } = PathOf(typeof(AssemblyFile).Assembly) is null;

    /// <summary>The file's path; <see langword="null"/> if the assembly is inside the executable, or was loaded from memory.</summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "The empty path of a single file is what tells it apart.")]
    public static string? PathOf(Assembly assembly) => assembly.Location is { Length: > 0 } path ? path : null;
}
