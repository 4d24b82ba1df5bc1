using System.Globalization;

namespace Handler.Nodes;

/// <summary>
/// The environment variables of workers: those that decide whether and how a program runs there. Workers inherit no others from this
/// process, because those may hold secrets. Variables set in the options take precedence.
/// </summary>
internal sealed class WorkerEnvironment
{
    private const string Home = "HOME", TemporaryFolderVariable = "TMPDIR";

    /// <summary>
    /// How long the runtime keeps the thread that compiles in the background, in ms. Where files are restricted, this thread has no name of
    /// its own, so a later one could not be told from a thread that a job left. The first one exists before the first job.
    /// </summary>
    private const string CompilerPatience = "DOTNET_TC_BackgroundWorkerTimeoutMs";

    /// <summary>
    /// Runtime settings of a worker. A small gen0 and no concurrent GC keep it at 3 to 5 MB private memory at full speed.
    /// Diagnostics would leave files behind for each killed worker. Only methods that are called 1,000 times are optimized (the runtime's
    /// default is 30): the checks after jobs are called a few hundred times in a worker's life, and optimizing them took 100 ms of
    /// CPU time.
    /// </summary>
    private static readonly (string Name, string Value)[] RuntimeSettings =
    [
        ("DOTNET_EnableDiagnostics", "0"),
        ("DOTNET_TieredPGO", "0"),
        ("DOTNET_TieredCompilation", "1"),
        ("DOTNET_TC_CallCountThreshold", "0x3E8"),
        ("DOTNET_gcServer", "0"),
        ("DOTNET_gcConcurrent", "0"),
        ("DOTNET_GCgen0size", "0x400000"),
        ("DOTNET_DbgEnableMiniDump", "0"),
    ];

    /// <summary>Variables that a worker inherits from this process.</summary>
    private static readonly string[] Inherited =
    [
        "PATH", Home, TemporaryFolderVariable,

        // The format of text, numbers and times, and the location of the data for it.
        "LANG", "LANGUAGE", "TZ", "TZDIR", "LOCPATH", "ICU_DATA",

        // The location of native libraries, including ICU and OpenSSL.
        "LD_LIBRARY_PATH",

        // The location of the runtime, and the choice of its version.
        "DOTNET_ROOT",
        "DOTNET_ROOT_X64",
        "DOTNET_ROOT_ARM64",
        "DOTNET_BUNDLE_EXTRACT_BASE_DIR",
        "DOTNET_ROLL_FORWARD",
        "DOTNET_ROLL_FORWARD_TO_PRERELEASE",
        "DOTNET_ADDITIONAL_DEPS",
        "DOTNET_SHARED_STORE",
        // Needed to start at all: without ICU, where memory may not be mapped twice, or on a processor that claims features it lacks.
        "DOTNET_SYSTEM_GLOBALIZATION_APPLOCALICU",
        "CLR_ICU_VERSION_OVERRIDE",
        "DOTNET_ICU_VERSION_OVERRIDE",
        "CLR_OPENSSL_VERSION_OVERRIDE",
        "DOTNET_OPENSSL_VERSION_OVERRIDE",
        "DOTNET_EnableWriteXorExecute",
        "DOTNET_EnableHWIntrinsic",
        "DOTNET_EnableAVX",
        "DOTNET_EnableAVX2",
        "DOTNET_EnableAVX512F",
        "DOTNET_EnableAVX512",
    ];

    /// <summary>Switches that code may set at run time, and the variables with the same meaning.</summary>
    private static readonly (string Switch, string Variable)[] Switches =
    [
        ("System.Globalization.Invariant", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"),
        ("System.Globalization.PredefinedCulturesOnly", "DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY"),
    ];

    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);

    public WorkerEnvironment(ProfileOptions options)
    {
        foreach (var (name, value) in RuntimeSettings)
            variables[name] = value;
        if (options.Hardening.RestrictWrites)
            variables[CompilerPatience] = "0x7FFFFFFF";
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (Array.IndexOf(Inherited, name) >= 0 || name.StartsWith("LC_", StringComparison.Ordinal))
                variables[name] = (string)entry.Value!;
        }

        foreach (var (name, variable) in Switches)
        {
            if (AppContext.TryGetSwitch(name, out var isOn))
                variables[variable] = isOn ? "true" : "false";
            else if (Environment.GetEnvironmentVariable(variable) is { } value)
                variables[variable] = value;
        }

        if (options.Hardening.UserId is { } user)
            variables[Home] = HomeOf(user);
        foreach (var (name, value) in options.WorkerEnvironment)
            variables[name] = value;
    }

    /// <summary>As <c>NAME=value</c>.</summary>
    public IEnumerable<string> Variables => variables.Select(each => $"{each.Key}={each.Value}");

    /// <summary>TMPDIR, if it is set.</summary>
    public string? TemporaryFolder => variables.GetValueOrDefault(TemporaryFolderVariable);

    /// <summary>
    /// The home folder of the workers' user, because this process's HOME belongs to another user. The root folder if the system does not
    /// know the user.
    /// </summary>
    private static string HomeOf(int user)
    {
        const int UserAt = 2, HomeAt = 5;
        const string Users = "/etc/passwd";
        if (!File.Exists(Users))
            return "/";
        var id = user.ToString(CultureInfo.InvariantCulture);
        return
            File.ReadLines(Users)
                .Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > HomeAt && fields[UserAt] == id)
                ?[HomeAt]
                is { Length: > 0 } home
            ? home
            : "/";
    }
}
