namespace Handler.Platform;

/// <summary>The rights that a process keeps from the process that starts it.</summary>
internal sealed record LaunchRights
{
    /// <summary>The increase in niceness of the process and its session; 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>The user and group that it runs as, without supplementary groups; <see langword="null"/> for no change.</summary>
    public int? UserId { get; init; }

    /// <summary>Whether it and the processes that it starts can never gain privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Whether it has no capabilities, not even as root.</summary>
    public bool DropCapabilities { get; init; }

    /// <summary>Whether it has a network of its own, with only a loopback interface.</summary>
    public bool NetworkNamespace { get; init; }

    /// <summary>The files that it may use; <see langword="null"/> for no restriction.</summary>
    public FileRules? Files { get; init; }

    /// <summary>Whether it cannot reach processes other than itself and those that it starts.</summary>
    public bool IsolateProcesses { get; init; }
}
