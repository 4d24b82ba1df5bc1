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
}
