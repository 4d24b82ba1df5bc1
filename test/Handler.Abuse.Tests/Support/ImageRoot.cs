using System.Runtime.InteropServices;

namespace Handler.Tests;

/// <summary>
/// A root directory like that of a minimal container image: the C library, the runtime and the application, read-only. No shell, no ICU, no
/// /tmp, no home directory. Disposing it removes it.
/// </summary>
internal sealed class ImageRoot : IDisposable
{
    /// <summary>A user id without a name, as in Microsoft's images.</summary>
    public const int User = 1654;

    private readonly string directory = Directory.CreateTempSubdirectory("handler-image-").FullName;

    /// <summary>The root's environment: only the variables of Microsoft's images without ICU.</summary>
    public static string[] Environment { get; } = ["PATH=/usr/sbin:/usr/bin", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true"];

    /// <summary>The command line that runs a program in this root: as process 1, as <see cref="User"/>, without capabilities.</summary>
    public IReadOnlyList<string> Wrap(IReadOnlyList<string> command)
    {
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var mounts = new List<string>
        {
            $"chmod 755 '{directory}' && mount --bind '{directory}' '{directory}'",
            Bind(runtime),
            Bind(AppContext.BaseDirectory.TrimEnd('/')),
            Bind("/dev"),
            $"mkdir -p '{directory}/proc' && mount -t proc proc '{directory}/proc'",
        };
        foreach (var library in Libraries(runtime))
            mounts.Add($"mkdir -p '{directory}{Path.GetDirectoryName(library)}' && cp -L '{library}' '{directory}{library}'");
        mounts.Add($"mount -o remount,ro,bind '{directory}'");
        return
        [
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--",
            "sh", "-c", string.Join(" && ", [.. mounts, "exec \"$@\""]), "sh",
            "env", "-i", .. Environment,
            "chroot", $"--userspec={User}:{User}", directory, .. command,
        ];
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private string Bind(string path)
        => $"mkdir -p '{directory}{path}' && mount --rbind '{path}' '{directory}{path}' && mount -o remount,ro,bind '{directory}{path}'";

    /// <summary>The shared libraries that the runtime's libraries are linked to, and the program that loads them.</summary>
    private static IEnumerable<string> Libraries(string runtime)
    {
        string[] files =
        [
            Path.Combine(runtime, "dotnet"),
            .. Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.so"),
            .. Directory.EnumerateFiles(Path.Combine(runtime, "host"), "*.so", SearchOption.AllDirectories),
        ];
        return SpecialHost
            .OutputOf("ldd", files)
            .Split('\n')
            .SelectMany(line =>
                line.Split(' ', '\t')
                    .Where(word => word.StartsWith('/') && !word.EndsWith(':') && !word.StartsWith(runtime, StringComparison.Ordinal)))
            .Distinct();
    }
}
