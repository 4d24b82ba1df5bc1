namespace Handler.Platform;

/// <summary>
/// System calls that change or tell something about files that a process may not write, or not even open: Landlock does not control them,
/// and a filter cannot see which file is meant. So they are denied for all files, or, by their commands, in part.
/// </summary>
internal static class FileSystemCalls
{
    /// <summary>Changes of attributes, which the owner of a file may make without writing to it; and extended attributes.</summary>
    public static readonly SystemCall[] Attributes =
    [
        // Rights and owners.
        new("chmod", 90, null),
        new("fchmod", 91, 52),
        new("fchmodat", 268, 53),
        new("fchmodat2", 452, 452),
        new("chown", 92, null),
        new("fchown", 93, 55),
        new("lchown", 94, null),
        new("fchownat", 260, 54),
        // Times.
        new("utime", 132, null),
        new("utimes", 235, null),
        new("futimesat", 261, null),
        new("utimensat", 280, 88),
        // Extended attributes, which can also be read of files that may not be opened.
        new("setxattr", 188, 5),
        new("lsetxattr", 189, 6),
        new("fsetxattr", 190, 7),
        new("getxattr", 191, 8),
        new("lgetxattr", 192, 9),
        new("fgetxattr", 193, 10),
        new("listxattr", 194, 11),
        new("llistxattr", 195, 12),
        new("flistxattr", 196, 13),
        new("removexattr", 197, 14),
        new("lremovexattr", 198, 15),
        new("fremovexattr", 199, 16),
    ];

    public static readonly SystemCall[] Watching =
    [
        // inotify. Without the first two, FileSystemWatcher fails at its start and not later.
        new("inotify_init", 253, null),
        new("inotify_init1", 294, 26),
        new("inotify_add_watch", 254, 27),
    ];

    /// <summary>Their second argument is a command.</summary>
    public static readonly SystemCall IoCtl = new("ioctl", 16, 29), FCntl = new("fcntl", 72, 25);

    /// <summary>Its second argument says whether the file's length stays the same, so that no limit on it applies.</summary>
    public static readonly SystemCall FAllocate = new("fallocate", 285, 47);

    /// <summary>Commands of ioctl that the owner of a file may give with a descriptor for reading.</summary>
    public static readonly uint[] AttributeCommands =
    [
        0x40086602, // FS_IOC_SETFLAGS
        0x40046602, // FS_IOC32_SETFLAGS
        0x401c5820, // FS_IOC_FSSETXATTR
        0x40087602, // FS_IOC_SETVERSION
        0x40086604, // EXT4_IOC_SETVERSION
        0x40806685, // FS_IOC_ENABLE_VERITY
        0x800c6613, // FS_IOC_SET_ENCRYPTION_POLICY
        0xc0506617, // FS_IOC_ADD_ENCRYPTION_KEY
        0xc0406618, // FS_IOC_REMOVE_ENCRYPTION_KEY
        0x40047211, // FAT_IOCTL_SET_ATTRIBUTES
        0x50009401, // BTRFS_IOC_SNAP_CREATE
        0x50009417, // BTRFS_IOC_SNAP_CREATE_V2
        0x5000940e, // BTRFS_IOC_SUBVOL_CREATE
        0x50009418, // BTRFS_IOC_SUBVOL_CREATE_V2
        0x5000940f, // BTRFS_IOC_SNAP_DESTROY
        0x5000943f, // BTRFS_IOC_SNAP_DESTROY_V2
        0x4008941a, // BTRFS_IOC_SUBVOL_SETFLAGS
    ];

    /// <summary>Commands of fcntl that make others wait when they open a file.</summary>
    public static readonly uint[] LeaseCommands =
    [
        1024, // F_SETLEASE
        1040, // F_SETDELEG
    ];

    /// <summary>The older way to watch a folder.</summary>
    public static readonly uint[] WatchCommands =
    [
        1026, // F_NOTIFY
    ];
}
