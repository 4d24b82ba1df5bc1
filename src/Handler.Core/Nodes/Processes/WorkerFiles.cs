using System.Runtime.InteropServices;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// The files that workers may use if their files are restricted: those of the options, and those that .NET needs. Of the application's
/// folder, this is only code: assemblies, native libraries, and the files that list them. Its settings often hold secrets.
/// </summary>
internal static class WorkerFiles
{
    /// <summary>How deep the application's folder is searched: native libraries are in <c>runtimes/linux-x64/native</c>.</summary>
    private const int MaxDepth = 4;

    private const string Library = ".so";

    private static readonly string[] OfSystem =
    [
        // Libraries, and what they read: the loader's cache, character sets, cultures, time zones, certificates.
        "/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib", "/usr/local/lib64",
        "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/etc/ld-musl-x86_64.path", "/etc/ld-musl-aarch64.path",
        "/usr/share/icu", "/usr/share/locale", "/usr/share/i18n", "/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone",
        "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/tls/openssl.cnf",
        "/etc/pki/tls/cert.pem", "/etc/pki/ca-trust/extracted", "/etc/ca-certificates", "/etc/crypto-policies",
        "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/share/pki",

        // Names of users, hosts and services.
        "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/hostname", "/etc/resolv.conf",
        "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/os-release", "/etc/alpine-release", "/etc/debian_version",

        // What the runtime reads about the process and the machine. The kernel does not let a restricted process read the memory,
        // the environment or the descriptors of others there.
        "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
        "/dev/random", "/dev/urandom",
    ];

    private static readonly string[] Devices = ["/dev/null", "/dev/zero", "/dev/full"];

    /// <summary>Variables that name folders or files with code or data of the runtime.</summary>
    private static readonly string[] Variables =
    [
        "LD_LIBRARY_PATH",
        "TZDIR",
        "LOCPATH",
        "ICU_DATA",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "DOTNET_ADDITIONAL_DEPS",
        "DOTNET_SHARED_STORE",
        "DOTNET_BUNDLE_EXTRACT_BASE_DIR",
        "DOTNET_STARTUP_HOOKS",
    ];

    private static readonly string[] CodeFiles = ["*.dll", "*.pdb", "*.deps.json", "*.runtimeconfig.json", "icudt*.dat"];

    /// <summary>The rules for workers; <see langword="null"/> if nothing is restricted.</summary>
    public static FileRules? RulesFor(HardeningOptions options, WorkerCommand command)
    {
        if (!options.RestrictReads && !options.RestrictWrites)
            return null;
        var rules = Devices.Select(static path => new FileRule(path, MayWrite: true))
            .Concat(options.WritablePaths.Select(static path => new FileRule(path, true, nameof(options.WritablePaths))));
        if (options.RestrictReads)
        {
            rules = rules
                .Concat(options.ReadablePaths.Select(static path => new FileRule(path, false, nameof(options.ReadablePaths))))
                .Concat(Needed(command).Distinct().Select(static path => new FileRule(path)));
        }

        return new FileRules(options.RestrictReads, options.RestrictWrites, [.. rules]);
    }

    /// <summary>Checks when the handler starts that the listed paths exist, because its first worker may start much later.</summary>
    /// <param name="place">Where the options are set, for messages.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="WorkerStartException">A path that counts does not exist.</exception>
    public static void RequireListed(string place, HardeningOptions options)
    {
        (bool Counts, IList<string> Paths, string Option)[] lists =
        [
            (options.RestrictReads, options.ReadablePaths, nameof(options.ReadablePaths)),
            (options.RestrictReads || options.RestrictWrites, options.WritablePaths, nameof(options.WritablePaths)),
        ];
        foreach (var (_, paths, option) in lists.Where(static list => list.Counts))
        {
            if (paths.FirstOrDefault(static path => !Path.Exists(path)) is { } missing)
                throw new WorkerStartException(
                    $"{place}.Hardening.{option} lists {missing}, which does not exist or cannot be reached by this process. "
                        + "Create it before the handler starts, or remove it from the list.");
        }
    }

    private static IEnumerable<string> Needed(WorkerCommand command)
    {
        var (runtime, ofRuntime) = OfRuntime();
        return OfSystem
            .Concat(ofRuntime)
            .Concat(command.Reads.Where(file => runtime is null || !file.StartsWith(runtime, StringComparison.Ordinal)))
            .Concat(command.Arguments.Where(Path.IsPathRooted))
            .Concat(CodeOf(AppContext.BaseDirectory))
            .Concat(NativeFolders())
            .Concat(LoadedLibraries())
            .Concat(FromVariables(command.Environment));
    }

    /// <summary>A shared runtime. Beside it there may be files of the user, so not all of its folder is needed.</summary>
    private static (string? Folder, IEnumerable<string> Files) OfRuntime()
    {
        var framework = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        if (Path.GetDirectoryName(Path.GetDirectoryName(framework)) is not { } shared || Path.GetFileName(shared) != "shared")
            return (null, []);
        var root = Path.GetDirectoryName(shared)!;
        return (shared + '/', [shared, Path.Combine(root, "host"), Path.Combine(root, "dotnet")]);
    }

    private static IEnumerable<string> CodeOf(string folder)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = MaxDepth,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        return CodeFiles.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern, options))
            .Concat(Directory.EnumerateFiles(folder, "*.so*", options).Where(IsLibrary));
    }

    /// <summary>Whether a file's name is that of a native library: it ends in <c>.so</c>, or in that and a version.</summary>
    internal static bool IsLibrary(string path)
    {
        var name = Path.GetFileName(path);
        var at = name.LastIndexOf(Library, StringComparison.Ordinal);
        var version = at < 0 ? "" : name[(at + Library.Length)..];
        return at > 0 && (version.Length == 0
            || (version[0] == '.' && version[1..].Split('.').All(static part => part.Length > 0 && part.All(char.IsAsciiDigit))));
    }

    /// <summary>Folders of native libraries outside the application's folder, such as those of packages in the user's cache.</summary>
    private static IEnumerable<string> NativeFolders()
        => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(static folder => !AppContext.BaseDirectory.StartsWith(
                Path.TrimEndingDirectorySeparator(folder) + '/', StringComparison.Ordinal));

    /// <summary>The libraries of this process, wherever this system keeps them.</summary>
    private static IEnumerable<string> LoadedLibraries()
        => File.ReadLines("/proc/self/maps")
            .Select(static line => line.IndexOf('/', StringComparison.Ordinal) is var at and >= 0 ? line[at..] : "")
            .Where(static path => IsLibrary(path) && File.Exists(path));

    private static IEnumerable<string> FromVariables(IReadOnlyList<string> environment)
        => environment.Select(static variable => variable.Split('=', 2))
            .Where(static pair => Array.IndexOf(Variables, pair[0]) >= 0)
            .SelectMany(static pair => pair[1].Split(Path.PathSeparator))
            .Where(Path.IsPathRooted);
}
