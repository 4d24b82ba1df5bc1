namespace Handler;

/// <summary>What is taken away from worker processes. Everything here works on Linux only.</summary>
public sealed class HardeningOptions
{
    /// <summary>Workers and what they start cannot gain privileges (set-user-id programs). Default <see langword="true"/>.</summary>
    public bool NoNewPrivileges { get; set; } = true;

    /// <summary>
    /// How much nicer than this process workers are to others, so that they cannot starve it. Where the kernel shares the processor between sessions first (autogroup), the session of
    /// each worker gets this niceness as well. Default 5; from 0 to 19.
    /// </summary>
    public int Niceness { get; set; } = 5;

    /// <summary>
    /// Workers have no capabilities, even where they run as root: root without them owns its files but may not read those of others against their permissions, change owners or users, open raw sockets or ports
    /// below the system's limit (usually 1024). Default <see langword="true"/>. Turn it off for jobs that need one.
    /// </summary>
    public bool DropCapabilities { get; set; } = true;

    /// <summary>
    /// Workers run as this user and group id, without further groups. Default <see langword="null"/>: the same as this process. Needs root or CAP_SETUID and CAP_SETGID. The user must be able to read the application and the runtime, and to write to
    /// TMPDIR where that is set; the start fails otherwise. HOME is that user's, or the root folder where the system does not know one.
    /// </summary>
    public int? UserId { get; set; }

    /// <summary>
    /// Other processes of the same user, jobs included, cannot read this process's memory and environment nor attach to it as a debugger. Default <see langword="false"/>, since it holds for the whole process and for all
    /// tools of that user: no core dumps, no debugger or memory dump except as root. They can still send it signals; only another user id prevents that.
    /// </summary>
    public bool ProtectHost { get; set; }

    /// <summary>Workers cannot open network sockets (only Unix ones). Default <see langword="false"/>.</summary>
    public bool DenyNetwork { get; set; }

    /// <summary>Workers cannot start processes. Default <see langword="false"/>.</summary>
    public bool DenyProcesses { get; set; }

    /// <summary>
    /// How large a file may become that a worker, or what it starts, writes (files in memory included), in bytes. A job that writes further is ended by SIGXFSZ, and its outcome says so. Default 4 GiB; from 1 MiB
    /// to 1 PiB; <see langword="null"/> for as large as this process may.
    /// </summary>
    public long? MaxFileBytes { get; set; } = 4L << 30;

    /// <summary>
    /// How many descriptors a worker, or a process that it starts, may have open at once; opening one more fails in the job. Default 1024; from 64 to 1 048 576, but never more than this
    /// process may; <see langword="null"/> for as many as that.
    /// </summary>
    public int? MaxOpenFiles { get; set; } = 1024;

    /// <summary>Whether each worker gets a control group of its own, so that the kernel limits its memory too. Default <see cref="ControlGroupMode.Auto"/>.</summary>
    public ControlGroupMode ControlGroup { get; set; } = ControlGroupMode.Auto;
}
