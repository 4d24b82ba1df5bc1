namespace Handler.Platform;

/// <summary>How a worker process is started.</summary>
/// <param name="Path">The program.</param>
/// <param name="Arguments">Its arguments, starting with the program's name.</param>
/// <param name="Environment">Its complete environment, as <c>NAME=value</c>.</param>
internal sealed record WorkerCommand(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>Its working directory. If that does not exist or cannot be entered, the root directory is used.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>The rights that are removed before it starts.</summary>
    public LaunchRights Rights { get; init; } = new();

    /// <summary>Whether it gets a cgroup, if this process can make one.</summary>
    public bool HasControlGroup { get; init; } = true;

    /// <summary>Files that it must be able to read.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>The configured folder for temporary files; <see langword="null"/> for the system's default.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>What its cgroup limits besides memory, if workers have cgroups.</summary>
    public GroupLimits GroupLimits { get; init; } = new();

    /// <summary>Where each worker gets a folder of its own for temporary files; <see langword="null"/> for none.</summary>
    public PrivateFolders? PrivateFolders { get; init; }

    /// <summary>The same command with a folder for temporary files, which the process may use whatever else it may use.</summary>
    public WorkerCommand WithTemporaryFolder(string folder)
    {
        const string Variable = "TMPDIR=";
        var files = Rights.Files;
        return this with
        {
            TemporaryFolder = folder,
            Environment = [.. Environment.Where(static each => !each.StartsWith(Variable, StringComparison.Ordinal)), Variable + folder],
            Rights = files is null ? Rights : Rights with
            {
                Files = files with { Allowed = [.. files.Allowed, new FileRule(folder, true, "PrivateTemporaryFolder")] },
            },
        };
    }
}
