namespace Handler.Platform;

/// <summary>The rights that a process keeps from the process that starts it.</summary>
internal sealed record LaunchRights
{
    /// <summary>The increase in niceness of the process and its session; 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>The user and group that it runs as, without supplementary groups; <see langword="null"/> for no change.</summary>
    public int? UserId { get; init; }

    /// <summary>Whether it is root of the machine.</summary>
    public bool RunsAsRoot => (UserId ?? (int)LibC.GetEffectiveUser()) == 0;

    /// <summary>Whether it and the processes that it starts can never gain privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Whether it has no capabilities, not even as root.</summary>
    public bool DropCapabilities { get; init; }

    /// <summary>Whether it sees and reaches only the processes that it starts, which all end with it.</summary>
    public bool PidNamespace { get; init; }

    /// <summary>Whether its namespaces are made by <see cref="UnshareProgram"/>, in a user namespace of its own.</summary>
    public bool HasUserNamespace { get; init; }

    /// <summary>
    /// The maximum number of processes and threads that it and what it starts have, if it has a user namespace; <see langword="null"/> for
    /// no limit.
    /// </summary>
    public int? MaxTasks { get; init; }

    /// <summary>Whether it has a network of its own, with only a loopback interface.</summary>
    public bool NetworkNamespace { get; init; }

    /// <summary>The files that it may use; <see langword="null"/> for no restriction.</summary>
    public FileRules? Files { get; init; }

    /// <summary>Whether it cannot reach processes other than itself and those that it starts.</summary>
    public bool IsolateProcesses { get; init; }
}
