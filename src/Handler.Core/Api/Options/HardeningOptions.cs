using Handler.Platform;

namespace Handler;

/// <summary>Which rights and resources worker processes do not get. All of these options work on Linux only.</summary>
public sealed class HardeningOptions
{
    private const long StrictFileBytes = 1L << 30;
    private const int StrictOpenFiles = 256;

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

    /// <summary>
    /// Whether workers are prevented from opening Unix sockets, with which they could reach services of this machine: a container engine, a
    /// database, the diagnostics of other .NET processes. Default: <see langword="false"/>.
    /// </summary>
    public bool DenyUnixSockets { get; set; }

    /// <summary>Whether workers are prevented from starting processes. Default: <see langword="false"/>.</summary>
    public bool DenyProcesses { get; set; }

    /// <summary>
    /// Whether workers are denied system calls that .NET programs do not need: those that trace processes or read their memory, create
    /// namespaces, mount, load kernel code, measure performance, or use key rings, System V objects or message queues (docs/security.md has
    /// the list), and all that are newer than that list. Default: <see langword="false"/>.
    /// </summary>
    public bool DenyRareSystemCalls { get; set; }

    /// <summary>
    /// Whether workers are prevented from changing the rights, owners, times, flags and extended attributes of files, from reading extended
    /// attributes, and from leases. An owner may change these of a file that it may not write, and the kernel cannot tell files apart here,
    /// so this holds for all files, also for those of the worker. Default: <see langword="false"/>.
    /// </summary>
    public bool DenyFileAttributes { get; set; }

    /// <summary>
    /// Whether workers are prevented from watching files and folders (<c>FileSystemWatcher</c>), which tells the names of files that change
    /// in folders that they may not list. This holds for all folders. Default: <see langword="false"/>.
    /// </summary>
    public bool DenyFileWatching { get; set; }

    /// <summary>
    /// Whether workers are prevented from sending signals to, tracing, and connecting to abstract Unix sockets of, processes other than
    /// themselves and those that they start. Requires Linux 6.12 (Landlock ABI 6). Default: <see langword="false"/>.
    /// </summary>
    public bool IsolateProcesses { get; set; }

    /// <summary>
    /// Whether workers can read and execute only the files of <see cref="ReadablePaths"/> and <see cref="WritablePaths"/>, and what .NET
    /// needs: the runtime, the application's assemblies, the system's libraries, <c>/proc</c> and some files of <c>/etc</c>
    /// (docs/security.md has the list). Requires Linux 6.2 (Landlock ABI 3). Default: <see langword="false"/>.
    /// </summary>
    public bool RestrictReads { get; set; }

    /// <summary>
    /// The files and folders, with all that is in them, that workers can read and execute if <see cref="RestrictReads"/> is set. Absolute
    /// paths, which must exist when the handler starts and when a worker does. Default: none.
    /// </summary>
    public IList<string> ReadablePaths { get; } = [];

    /// <summary>
    /// Whether workers can write, create, rename and remove only the files of <see cref="WritablePaths"/>, and those of their private
    /// temporary folder if they have one. Requires Linux 6.2 (Landlock ABI 3). Default: <see langword="false"/>.
    /// </summary>
    public bool RestrictWrites { get; set; }

    /// <summary>
    /// The files and folders, with all that is in them, that workers can write if <see cref="RestrictWrites"/> is set, and read. Absolute
    /// paths, which must exist when the handler starts and when a worker does. Default: none.
    /// </summary>
    public IList<string> WritablePaths { get; } = [];

    /// <summary>
    /// Whether each worker has a folder of its own for temporary files, which only its user may enter. TMPDIR names it. It is removed when
    /// the worker has exited. It is made in the folder that TMPDIR would otherwise name, or in <c>/tmp</c>. Default:
    /// <see langword="false"/>.
    /// </summary>
    public bool PrivateTemporaryFolder { get; set; }

    /// <summary>
    /// Whether each worker has a process namespace of its own: it sees and reaches only the processes that it starts, and the kernel kills
    /// all of them when it exits. The worker's process id is then a small number to its jobs. Requires the program <c>unshare</c> of
    /// util-linux 2.36 and that users may create user namespaces; no privileges. Adds two small processes to each worker, and about the
    /// time of one more start of the runtime to its start. Default: <see langword="false"/>.
    /// </summary>
    public bool PidNamespace { get; set; }

    /// <summary>
    /// Whether each worker has a network of its own, with nothing but its own loopback interface. Requires root or CAP_SYS_ADMIN, or what
    /// <see cref="PidNamespace"/> requires. Default: <see langword="false"/>.
    /// </summary>
    public bool NetworkNamespace { get; set; }

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

    /// <summary>
    /// The maximum number of processes and threads together that a worker and what it starts may have at the same time. Starting one more
    /// fails in the job. Requires a cgroup of version 2 with the pids controller; or <see cref="PidNamespace"/>, Linux 5.14, and workers
    /// that do not run as root. Default: <see langword="null"/>, no limit. Range: 32 to 1 048 576; a worker itself has about 10 threads.
    /// </summary>
    [AllowedRange(32, 1 << 20)]
    public int? MaxTasks { get; set; }

    /// <summary>
    /// The CPU time that a worker and what it starts may use together in each tenth of a second, in percent of one processor: 150 is one
    /// and a half processors. The kernel suspends them until the next tenth. Requires a cgroup of version 2 with the cpu controller.
    /// Default: <see langword="null"/>, no limit. Range: 1 to 409 600.
    /// </summary>
    [AllowedRange(1, 409_600)]
    public int? MaxCpuPercent { get; set; }

    /// <summary>
    /// What a worker gets of the processors in proportion to the other workers, and to other cgroups at the same place, while there is not
    /// enough for all. Requires a cgroup of version 2 with the cpu controller. Default: <see langword="null"/>, the kernel's own (100).
    /// Range: 1 to 10 000.
    /// </summary>
    [AllowedRange(1, 10_000)]
    public int? CpuWeight { get; set; }

    /// <summary>The system calls that workers are denied.</summary>
    internal DeniedCalls DeniedCalls
        => SetFilters.Aggregate(DeniedCalls.None, static (all, each) => all | each.Calls);

    /// <summary>The names of the options that are set and filter system calls; <see langword="null"/> if none is.</summary>
    internal string? Filters
        => DeniedCalls == DeniedCalls.None ? null : string.Join(", ", SetFilters.Select(static each => each.Option));

    private IEnumerable<(bool IsSet, DeniedCalls Calls, string Option)> SetFilters
    {
        get
        {
            (bool IsSet, DeniedCalls Calls, string Option)[] all =
            [
                (DenyNetwork, DeniedCalls.Network, nameof(DenyNetwork)),
                (DenyUnixSockets, DeniedCalls.UnixSockets, nameof(DenyUnixSockets)),
                (DenyProcesses, DeniedCalls.Processes, nameof(DenyProcesses)),
                (DenyRareSystemCalls, DeniedCalls.Rare, nameof(DenyRareSystemCalls)),
                (DenyFileAttributes, DeniedCalls.FileAttributes, nameof(DenyFileAttributes)),
                (DenyFileWatching, DeniedCalls.FileWatching, nameof(DenyFileWatching)),
            ];
            return all.Where(static each => each.IsSet);
        }
    }

    /// <summary>What the cgroups of workers limit besides memory.</summary>
    internal GroupLimits GroupLimits => new(MaxTasks, MaxCpuPercent, CpuWeight);

    /// <summary>
    /// Turns on all that keeps tenants that do not trust each other apart and needs no privileges: no new privileges, no capabilities, no
    /// sockets, no processes, no rare system calls, isolation from other processes, files restricted to what .NET needs, no changes of
    /// their attributes, no watching of folders, a private temporary folder, files of at most 1 GiB, and at most 256 open files. Options
    /// that are stricter already stay so. Requires Linux 6.12 (Landlock ABI 6): the start fails on an older kernel. What the options of a
    /// cgroup limit is not set, because it depends on the application.
    /// </summary>
    /// <returns>These options.</returns>
    public HardeningOptions UseStrict()
    {
        NoNewPrivileges = true;
        DropCapabilities = true;
        DenyNetwork = true;
        DenyUnixSockets = true;
        DenyProcesses = true;
        DenyRareSystemCalls = true;
        DenyFileAttributes = true;
        DenyFileWatching = true;
        IsolateProcesses = true;
        RestrictReads = true;
        RestrictWrites = true;
        PrivateTemporaryFolder = true;
        MaxFileBytes = Math.Min(MaxFileBytes ?? long.MaxValue, StrictFileBytes);
        MaxOpenFiles = Math.Min(MaxOpenFiles ?? int.MaxValue, StrictOpenFiles);
        return this;
    }
}
