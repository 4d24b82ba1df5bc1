using System.Globalization;

namespace Handler.Workers;

/// <summary>
/// The environment of workers: what decides whether and how a program runs there, and nothing else of this process's, since what else it holds may be secrets. What the options set wins.
/// </summary>
internal sealed class WorkerEnvironment
{
    private const string Home = "HOME", TemporaryFolderVariable = "TMPDIR";

    /// <summary>
    /// Runtime settings of a worker. A small gen0 and no concurrent collector keep it at 3 to 5 MB private memory at full speed;
    /// diagnostics would leave files behind for each killed worker. Only methods that are called a thousand times are optimised (the runtime's default is 30): the checks after jobs
    /// are called some hundred times in a worker's life, and to optimise them took 100 ms of processor time.
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

    /// <summary>Variables of this process that a worker gets too.</summary>
    private static readonly string[] Inherited =
    [
        "PATH", Home, TemporaryFolderVariable,

        // How text, numbers and times look, and where the data for that lie.
        "LANG", "LANGUAGE", "TZ", "TZDIR", "LOCPATH", "ICU_DATA",

        // Where native libraries lie, ICU and OpenSSL among them.
        "LD_LIBRARY_PATH",

        // Where the runtime lies, and which one a program gets.
        "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "DOTNET_BUNDLE_EXTRACT_BASE_DIR", "DOTNET_ROLL_FORWARD", "DOTNET_ROLL_FORWARD_TO_PRERELEASE",
        "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE",

        // Whether it can start here at all: without ICU, where memory may not be mapped twice, on a processor that claims too much.
        "DOTNET_SYSTEM_GLOBALIZATION_APPLOCALICU", "CLR_ICU_VERSION_OVERRIDE", "DOTNET_ICU_VERSION_OVERRIDE", "CLR_OPENSSL_VERSION_OVERRIDE", "DOTNET_OPENSSL_VERSION_OVERRIDE",
        "DOTNET_EnableWriteXorExecute", "DOTNET_EnableHWIntrinsic", "DOTNET_EnableAVX", "DOTNET_EnableAVX2", "DOTNET_EnableAVX512F", "DOTNET_EnableAVX512",
    ];

    /// <summary>Switches that code may set when it runs, and the variables that mean the same.</summary>
    private static readonly (string Switch, string Variable)[] Switches =
    [
        ("System.Globalization.Invariant", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"),
        ("System.Globalization.PredefinedCulturesOnly", "DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY"),
    ];

    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);

    public WorkerEnvironment(HandlerOptions options)
    {
        foreach (var (name, value) in RuntimeSettings)
            variables[name] = value;
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

    /// <summary>TMPDIR, where it is set.</summary>
    public string? TemporaryFolder => variables.GetValueOrDefault(TemporaryFolderVariable);

    /// <summary>This process's own home is another user's. The root folder where the system does not know the user.</summary>
    private static string HomeOf(int user)
    {
        const int UserAt = 2, HomeAt = 5;
        const string Users = "/etc/passwd";
        if (!File.Exists(Users))
            return "/";
        var id = user.ToString(CultureInfo.InvariantCulture);
        return File.ReadLines(Users).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > HomeAt && fields[UserAt] == id)?[HomeAt] is { Length: > 0 } home ? home : "/";
    }
}
