namespace Handler.Platform;

/// <summary>
/// System calls that no .NET program needs, and that reach other processes or widen what a job can attack in the kernel. Those that create
/// namespaces by clone are denied by their flags.
/// </summary>
internal static class RareSystemCalls
{
    /// <summary>
    /// The first number that a filter of rare calls does not know. Calls from here on fail with ENOSYS, as on an older kernel, so a call
    /// that a later kernel brings is denied until somebody has looked at it.
    /// </summary>
    public const uint FirstUnknown = 463; // after mseal, of Linux 6.10

    public static readonly SystemCall[] All =
    [
        // Other processes: tracing, memory, descriptors.
        new("ptrace", 101, 117),
        new("process_vm_readv", 310, 270),
        new("process_vm_writev", 311, 271),
        new("pidfd_getfd", 438, 438),
        new("kcmp", 312, 272),
        new("process_madvise", 440, 440),
        new("process_mrelease", 448, 448),
        // Scheduling and memory, which the kernel lets a process change for any other of its user.
        new("sched_setscheduler", 144, 119),
        new("sched_setparam", 142, 118),
        new("sched_setattr", 314, 274),
        new("setpriority", 141, 140),
        new("ioprio_set", 251, 30),
        new("migrate_pages", 256, 238),
        new("move_pages", 279, 239),
        // Namespaces and mounts.
        new("unshare", 272, 97),
        new("setns", 308, 268),
        new("mount", 165, 40),
        new("umount2", 166, 39),
        new("pivot_root", 155, 41),
        new("chroot", 161, 51),
        new("open_tree", 428, 428),
        new("move_mount", 429, 429),
        new("fsopen", 430, 430),
        new("fsconfig", 431, 431),
        new("fsmount", 432, 432),
        new("fspick", 433, 433),
        new("mount_setattr", 442, 442),
        new("statmount", 457, 457),
        new("listmount", 458, 458),
        // Key rings, and parts of the kernel that have often had errors that gave a program more rights.
        new("add_key", 248, 217),
        new("request_key", 249, 218),
        new("keyctl", 250, 219),
        new("bpf", 321, 280),
        new("perf_event_open", 298, 241),
        new("userfaultfd", 323, 282),
        new("fanotify_init", 300, 262),
        new("fanotify_mark", 301, 263),
        new("name_to_handle_at", 303, 264),
        new("open_by_handle_at", 304, 265),
        new("modify_ldt", 154, null),
        new("uselib", 134, null),
        new("lookup_dcookie", 212, 18),
        new("vmsplice", 278, 75),
        // Memory that no limit of a job counts.
        new("memfd_secret", 447, 447),
        // The kernel's log, security modules and file systems, which tell about the machine.
        new("syslog", 103, 116),
        new("sysfs", 139, null),
        new("ustat", 136, null),
        new("lsm_get_self_attr", 459, 459),
        new("lsm_set_self_attr", 460, 460),
        new("lsm_list_modules", 461, 461),
        // Rights of root, in case a worker has them.
        new("init_module", 175, 105),
        new("finit_module", 313, 273),
        new("delete_module", 176, 106),
        new("kexec_load", 246, 104),
        new("kexec_file_load", 320, 294),
        new("reboot", 169, 142),
        new("swapon", 167, 224),
        new("swapoff", 168, 225),
        new("acct", 163, 89),
        new("quotactl", 179, 60),
        new("quotactl_fd", 443, 443),
        new("iopl", 172, null),
        new("ioperm", 173, null),
        new("vhangup", 153, 58),
        new("sethostname", 170, 161),
        new("setdomainname", 171, 162),
        new("settimeofday", 164, 170),
        new("clock_settime", 227, 112),
        // System V objects and message queues, which outlive a process and belong to no file. The calls that use one take its number, so
        // denying only those that make or open one is not enough.
        new("shmget", 29, 194),
        new("shmat", 30, 196),
        new("shmdt", 67, 197),
        new("shmctl", 31, 195),
        new("semget", 64, 190),
        new("semop", 65, 193),
        new("semtimedop", 220, 192),
        new("semctl", 66, 191),
        new("msgget", 68, 186),
        new("msgsnd", 69, 189),
        new("msgrcv", 70, 188),
        new("msgctl", 71, 187),
        new("mq_open", 240, 180),
        new("mq_unlink", 241, 181),
        new("mq_timedsend", 242, 182),
        new("mq_timedreceive", 243, 183),
        new("mq_notify", 244, 184),
        new("mq_getsetattr", 245, 185),
    ];

    /// <summary>
    /// Calls that the runtime needs, for the calling process or thread: their first argument is 0. For others they are denied.
    /// </summary>
    public static readonly SystemCall[] ForOthers =
    [
        new("prlimit64", 302, 261),
        new("sched_setaffinity", 203, 122),
    ];
}
