namespace Handler.Tests;

/// <summary>
/// The special environment of a host. It is made with the kernel's tools (unshare, prlimit, setpriv, env) and a cgroup for the number of
/// processes.
/// </summary>
internal sealed record Surroundings
{
    /// <summary>Nothing special.</summary>
    public static Surroundings Usual { get; } = new();

    /// <summary>The maximum number of processes and threads of the host and all it starts; <see langword="null"/> for no limit.</summary>
    public int? MaxProcesses { get; init; }

    /// <summary>The maximum number of open descriptors of a process; <see langword="null"/> for the usual limit.</summary>
    public int? MaxOpenFiles { get; init; }

    /// <summary>The stack size of a thread, in bytes; <see langword="null"/> for the usual size.</summary>
    public int? StackBytes { get; init; }

    /// <summary>The maximum size of a file that the host writes, in bytes; <see langword="null"/> for no limit.</summary>
    public int? MaxFileBytes { get; init; }

    /// <summary>Whether the host is in its own process namespace while <c>/proc</c> still shows the processes outside.</summary>
    public bool HasProcOfOthers { get; init; }

    /// <summary>Whether the host is process 1 of its own process namespace, as in a container without an init.</summary>
    public bool IsProcessOne { get; init; }

    /// <summary>Whether the host is started with SIGCHLD ignored.</summary>
    public bool IgnoresChildSignal { get; init; }

    /// <summary>The user and group id that the host runs as; <see langword="null"/> for that of the tests.</summary>
    public int? UserId { get; init; }

    /// <summary>The path of Handler.Abuse.dll; <see langword="null"/> for the one beside the tests.</summary>
    public string? Application { get; init; }

    /// <summary>Whether the host runs in a root like that of a minimal container image; see <see cref="ImageRoot"/>.</summary>
    public bool IsImage { get; init; }

    /// <summary>Files that look empty to the host.</summary>
    public IReadOnlyList<string> HiddenFiles { get; init; } = [];

    /// <summary>Shell commands that prepare the host's own mount namespace, such as read-only mounts.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary>Environment variables to set; a value of <see langword="null"/> removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The command line that runs a program in these surroundings.</summary>
    /// <param name="group">The cgroup that limits the number of processes, if there is a limit.</param>
    /// <param name="command">The program with its arguments.</param>
    public IReadOnlyList<string> Wrap(ProcessGroupLimit? group, IReadOnlyList<string> command)
    {
        var line = new List<string>(command);
        if (UserId is { } user)
            line.InsertRange(0, ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--"]);
        if (IgnoresChildSignal)
            line.InsertRange(0, ["env", "--ignore-signal=CHLD"]);
        if (MaxOpenFiles is { } files)
            line.InsertRange(0, ["prlimit", $"--nofile={files}", "--"]);
        if (StackBytes is { } stack)
            line.InsertRange(0, ["prlimit", $"--stack={stack}", "--"]);
        if (MaxFileBytes is { } size)
            line.InsertRange(0, ["prlimit", $"--fsize={size}", "--"]);
        if (HasProcOfOthers)
            line.InsertRange(0, ["unshare", "--pid", "--fork", "--kill-child", "--"]);
        string[] mounts = [.. HiddenFiles.Select(file => $"mount --bind /dev/null '{file}'"), .. Mounts];
        if (mounts.Length > 0)
            line.InsertRange(0, ["sh", "-c", string.Join(" && ", [.. mounts, "exec \"$@\""]), "sh"]);
        if (mounts.Length > 0 || IsProcessOne)
            line.InsertRange(
                0,
                ["unshare", "--mount", .. IsProcessOne ? (string[])["--pid", "--fork", "--kill-child", "--mount-proc"] : [], "--"]);
        if (group is not null)
            line.InsertRange(0, ["sh", "-c", $"echo $$ > '{group.Directory}/cgroup.procs' && exec \"$@\"", "sh"]);
        return line;
    }
}
