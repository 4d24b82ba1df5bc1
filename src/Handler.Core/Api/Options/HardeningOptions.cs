namespace Handler;

/// <summary>Which rights and resources worker processes do not get. All of these options work on Linux only.</summary>
public sealed class HardeningOptions
{
    /// <summary>
    /// Whether workers and the processes that they start are prevented from gaining privileges (set-user-id programs). Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool NoNewPrivileges { get; set; } = true;

    /// <summary>
    /// How much higher the workers' nice value is than this process's, so that they cannot starve it. If the kernel divides CPU time
    /// between sessions first (autogroup), each worker's session gets this niceness as well. Default: 5. Range: 0 to 19.
    /// </summary>
    [AllowedRange(0, 19)]
    public int Niceness { get; set; } = 5;

    /// <summary>
    /// Whether workers run without capabilities, even as root. Root without capabilities owns its files, but cannot read other users' files
    /// against their permissions, change owners or users, open raw sockets, or open ports below the system's limit (usually 1024). Default:
    /// <see langword="true"/>. Set to <see langword="false"/> for jobs that need a capability.
    /// </summary>
    public bool DropCapabilities { get; set; } = true;

    /// <summary>
    /// The user and group id of the workers, without supplementary groups. Default: <see langword="null"/>, the same as this process.
    /// Requires root, or CAP_SETUID and CAP_SETGID. The user must be able to read the application and the runtime, and to write to TMPDIR
    /// if that is set; otherwise the start fails. HOME is that user's home, or the root folder if the system does not know one.
    /// </summary>
    [AllowedRange(0, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>
    /// Whether other processes of the same user, jobs included, are prevented from reading this process's memory and environment and from
    /// attaching to it as a debugger. They can still send it signals; only another user id prevents that. Default: <see langword="false"/>,
    /// because the setting affects the whole process and all tools of that user: no core dumps, and no debugger or memory dump except as
    /// root.
    /// </summary>
    public bool ProtectHost { get; set; }

    /// <summary>
    /// Whether workers are prevented from opening network sockets (Unix sockets stay allowed). Default: <see langword="false"/>.
    /// </summary>
    public bool DenyNetwork { get; set; }

    /// <summary>Whether workers are prevented from starting processes. Default: <see langword="false"/>.</summary>
    public bool DenyProcesses { get; set; }

    /// <summary>
    /// The maximum size, in bytes, of a file that a worker or a process started by it writes, including files in memory. A job that writes
    /// beyond it is ended by SIGXFSZ, and its outcome says so. Default: 4 GiB. Range: 1 MiB to 1 PiB; <see langword="null"/> for this
    /// process's own limit.
    /// </summary>
    [AllowedRange(1L << 20, 1L << 50)]
    public long? MaxFileBytes { get; set; } = 4L << 30;

    /// <summary>
    /// The maximum number of descriptors that a worker, or a process that it starts, may have open at the same time. Opening one more fails
    /// in the job. Default: 1024. Range: 64 to 1 048 576, but never more than this process's own limit; <see langword="null"/> for that
    /// limit.
    /// </summary>
    [AllowedRange(64, 1 << 20)]
    public int? MaxOpenFiles { get; set; } = 1024;

    /// <summary>
    /// Whether each worker gets its own cgroup, so that the kernel limits its memory too. Default: <see cref="ControlGroupMode.Auto"/>.
    /// </summary>
    public ControlGroupMode ControlGroup { get; set; } = ControlGroupMode.Auto;
}
