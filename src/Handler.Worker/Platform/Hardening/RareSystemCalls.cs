namespace Handler.Platform;

/// <summary>
/// System calls that no .NET program needs, and that reach other processes or widen what a job can attack in the kernel: the kernel's
/// numbers. Those that create namespaces by clone are denied by their flags.
/// </summary>
internal static class RareSystemCalls
{
    public static readonly uint[] OfX64 =
    [
        // Other processes: tracing, memory, descriptors.
        101, // ptrace
        310, // process_vm_readv
        311, // process_vm_writev
        438, // pidfd_getfd
        312, // kcmp
        440, // process_madvise
        // Scheduling and memory, which the kernel lets a process change for any other of its user.
        144, // sched_setscheduler
        142, // sched_setparam
        314, // sched_setattr
        141, // setpriority
        251, // ioprio_set
        256, // migrate_pages
        279, // move_pages
        // Namespaces and mounts.
        272, // unshare
        308, // setns
        165, // mount
        166, // umount2
        155, // pivot_root
        161, // chroot
        428, // open_tree
        429, // move_mount
        430, // fsopen
        431, // fsconfig
        432, // fsmount
        433, // fspick
        442, // mount_setattr
        // Key rings, and parts of the kernel that have often had errors that gave a program more rights.
        248, // add_key
        249, // request_key
        250, // keyctl
        321, // bpf
        298, // perf_event_open
        323, // userfaultfd
        300, // fanotify_init
        303, // name_to_handle_at
        304, // open_by_handle_at
        // Rights of root, in case a worker has them.
        175, // init_module
        313, // finit_module
        176, // delete_module
        246, // kexec_load
        320, // kexec_file_load
        169, // reboot
        167, // swapon
        168, // swapoff
        163, // acct
        179, // quotactl
        443, // quotactl_fd
        // System V objects and message queues, which outlive a process and belong to no file.
        29, // shmget
        64, // semget
        68, // msgget
        240, // mq_open
    ];

    /// <summary>The same calls in the same order.</summary>
    public static readonly uint[] OfArm64 =
    [
        // Other processes: tracing, memory, descriptors.
        117, // ptrace
        270, // process_vm_readv
        271, // process_vm_writev
        438, // pidfd_getfd
        272, // kcmp
        440, // process_madvise
        // Scheduling and memory, which the kernel lets a process change for any other of its user.
        119, // sched_setscheduler
        118, // sched_setparam
        274, // sched_setattr
        140, // setpriority
        30, // ioprio_set
        238, // migrate_pages
        239, // move_pages
        // Namespaces and mounts.
        97, // unshare
        268, // setns
        40, // mount
        39, // umount2
        41, // pivot_root
        51, // chroot
        428, // open_tree
        429, // move_mount
        430, // fsopen
        431, // fsconfig
        432, // fsmount
        433, // fspick
        442, // mount_setattr
        // Key rings, and parts of the kernel that have often had errors that gave a program more rights.
        217, // add_key
        218, // request_key
        219, // keyctl
        280, // bpf
        241, // perf_event_open
        282, // userfaultfd
        262, // fanotify_init
        264, // name_to_handle_at
        265, // open_by_handle_at
        // Rights of root, in case a worker has them.
        105, // init_module
        273, // finit_module
        106, // delete_module
        104, // kexec_load
        294, // kexec_file_load
        142, // reboot
        224, // swapon
        225, // swapoff
        89, // acct
        60, // quotactl
        443, // quotactl_fd
        // System V objects and message queues, which outlive a process and belong to no file.
        194, // shmget
        190, // semget
        186, // msgget
        180, // mq_open
    ];

    /// <summary>
    /// Calls that the runtime needs, for the calling process or thread: their first argument is 0. For others they are denied.
    /// </summary>
    public static readonly uint[] OfOthersOnX64 =
    [
        203, // sched_setaffinity
        302, // prlimit64
    ];

    /// <summary>The same calls in the same order.</summary>
    public static readonly uint[] OfOthersOnArm64 =
    [
        122, // sched_setaffinity
        261, // prlimit64
    ];
}
