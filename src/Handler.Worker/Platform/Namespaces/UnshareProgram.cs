namespace Handler.Platform;

/// <summary>
/// The program <c>unshare</c> of util-linux, which starts a worker in namespaces of its own without privileges. A process with several
/// threads, like every .NET process, cannot make a user namespace itself: see docs/decisions/0018-unshare.md.
/// </summary>
internal static class UnshareProgram
{
    /// <summary>The shell, which starts process 1 of a new process namespace.</summary>
    public const string Shell = "/bin/sh";

    private const string Name = "unshare";

    /// <summary>
    /// The first process that is started for a process namespace is its process 1; when it ends, the kernel kills all others. It only waits
    /// for the node to close a pipe. The second <c>unshare</c> stays outside the namespace, so it can exit with the worker's own status or
    /// signal; process 1 could not, because signals from inside do not reach it.
    /// </summary>
    private const string Script
        = "(exec <&8 >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- 8<&-; read x) & "
            + "exec 8<&-; exec \"$0\" --mount-proc --fork --kill-child -- \"$@\"";

    public static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"];

    /// <summary>Its path; <see langword="null"/> if there is none. Only the system's folders count: PATH may hold others.</summary>
    public static string? Path { get; } = Folders.Select(static folder => $"{folder}/{Name}").FirstOrDefault(File.Exists);

    /// <summary>The same command, started in the namespaces that the rights ask for.</summary>
    public static WorkerCommand Wrap(WorkerCommand command, LaunchRights rights)
    {
        var path = Path ?? Name;
        List<string> arguments = [Name, "--user", "--map-current-user", "--keep-caps"];
        if (rights.NetworkNamespace)
            arguments.Add("--net");
        if (rights.PidNamespace)
            arguments.Add("--pid");
        arguments.Add("--");
        if (rights.PidNamespace)
            arguments.AddRange([Shell, "-c", Script, path]);
        arguments.AddRange([command.Path, .. command.Arguments.Skip(1)]);
        return command with { Path = path, Arguments = arguments, Rights = rights };
    }
}
