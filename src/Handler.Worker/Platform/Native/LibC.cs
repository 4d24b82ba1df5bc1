using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>
/// The C library functions that Handler calls, as glibc 2.34+ and musl export them on x64 and arm64. Only this folder uses them.
/// </summary>
internal static unsafe partial class LibC
{
    public const int EPERM = 1,
        EINTR = 4,
        EAGAIN = 11,
        ECHILD = 10,
        EACCES = 13,
        ESRCH = 3,
        ENFILE = 23,
        EMFILE = 24;
    public const int SIGHUP = 1,
        SIGINT = 2,
        SIGQUIT = 3,
        SIGABRT = 6,
        SIGKILL = 9,
        SIGTERM = 15,
        SIGCONT = 18,
        SIGXCPU = 24,
        SIGXFSZ = 25,
        SIGSYS = 31;
    public const int O_RDONLY = 0,
        O_RDWR = 2,
        O_NONBLOCK = 0x800,
        O_ASYNC = 0x2000,
        O_CLOEXEC = 0x80000,
        O_PATH = 0x200000;
    public const int F_SETFD = 2,
        F_GETFL = 3,
        F_SETFL = 4,
        F_SETOWN = 8,
        F_SETSIG = 10,
        F_DUPFD_CLOEXEC = 1030,
        F_SETPIPE_SZ = 1031,
        F_GETPIPE_SZ = 1032,
        F_ADD_SEALS = 1033;
    public const int F_SEAL_SEAL = 1,
        F_SEAL_SHRINK = 2,
        F_SEAL_GROW = 4;
    public const int FD_CLOEXEC = 1;
    public const short POLLIN = 1,
        POLLOUT = 4,
        POLLERR = 8,
        POLLHUP = 16;
    public const int PROT_READ = 1,
        PROT_WRITE = 2,
        MAP_SHARED = 1;
    public const int RLIMIT_FSIZE = 1,
        RLIMIT_STACK = 3,
        RLIMIT_CORE = 4,
        RLIMIT_NOFILE = 7;
    public const int PR_GET_DUMPABLE = 3,
        PR_SET_DUMPABLE = 4,
        PR_CAPBSET_READ = 23,
        PR_CAPBSET_DROP = 24,
        PR_SET_CHILD_SUBREAPER = 36,
        PR_GET_CHILD_SUBREAPER = 37;
    public const int PR_SET_NO_NEW_PRIVS = 38,
        PR_CAP_AMBIENT = 47,
        PR_CAP_AMBIENT_CLEAR_ALL = 4;
    public const int PRIO_PROCESS = 0;
    public const nuint FIONREAD = 0x541b;
    public const int WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x1000000;
    public const int P_ALL = 0, P_PID = 1, P_PIDFD = 3;
    public const int CLOCK_PROCESS_CPUTIME_ID = 2, CLOCK_THREAD_CPUTIME_ID = 3;
    public const int AtCurrentDirectory = -100;
    public const uint StatxBasic = 0x7ff;
    public const uint MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2;
    public const int R_OK = 4, W_OK = 2, X_OK = 1;
    public const int SIG_UNBLOCK = 1;

    public static int O_DIRECTORY => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    public static int O_NOFOLLOW => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>The system call number of getdents64 on this architecture.</summary>
    public static int SysGetDirectoryEntries => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 61 : 217;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Revents;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;

        public static TimeSpec FromNanoseconds(long ns) => new() { Seconds = ns / 1_000_000_000, Nanoseconds = ns % 1_000_000_000 };
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct RLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>The start of <c>struct rusage</c>; the kernel writes 144 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    public struct RUsage
    {
        public long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds;

        /// <summary>In KiB.</summary>
        public long MaxResident;

        public long SharedText, Data, Stack;

        /// <summary>Page faults without I/O. Every process has some.</summary>
        public long MinorFaults;

        public readonly long CpuNanoseconds
            => ((UserSeconds + SystemSeconds) * 1_000_000_000) + ((UserMicroseconds + SystemMicroseconds) * 1_000);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(int fd, void* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(int folder, byte* path, int target, byte* newPath);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeMode(byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true)]
    public static partial int ChangeOwner(byte* path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FileLock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSockOpt(int fd, int level, int option, void* value, int length);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int fd, void* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int fd, void* message, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int fd, int target);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    public static partial int Execute(byte* path, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "opendir")]
    public static partial nint OpenDir(byte* path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    public static partial byte* ReadDir(nint directory);

    [LibraryImport("libc", EntryPoint = "dirfd")]
    public static partial int DirFd(nint directory);

    [LibraryImport("libc", EntryPoint = "closedir")]
    public static partial int CloseDir(nint directory);

    [LibraryImport("libc", EntryPoint = "unsetenv")]
    public static partial int UnsetEnv(byte* name);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoCtl(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int directory, byte* path, int flags, uint mask, void* result);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true)]
    public static partial int StatFs(byte* path, void* result);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* fds, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int PPoll(PollFd* fds, nuint count, TimeSpec* timeout, void* signalMask);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    public static partial int MemFdCreate(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(int fd, long length);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* MMap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int fd, long offset, int whence);

    /// <summary>The session of a process, including a zombie; -1 if there is no such process.</summary>
    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    public static partial int GetSession(int pid);

    /// <summary>The group of a process; -1 if there is no such process.</summary>
    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    public static partial int GetGroup(int pid);

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int GetPid();

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int GetParentPid();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true)]
    public static partial int Access(byte* path, int mode);

    /// <summary>Installs a handler with BSD semantics: it stays installed, and interrupted calls are restarted.</summary>
    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial void* Signal(int signal, void* handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    public static partial int SignalMask(int how, void* set, void* before);

    [LibraryImport("libc", EntryPoint = "dlsym")]
    public static partial void* Find(void* library, byte* name);

    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int code);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    public static partial int Wait4(int pid, int* status, int options, RUsage* usage);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, void* info, int options);

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    public static partial int NanoSleep(TimeSpec* request, TimeSpec* remaining);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, TimeSpec* time);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int PrCtl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetRLimit(int resource, RLimit* limit);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetRLimit(int resource, RLimit* limit);

    /// <summary>What the children that were waited for have used, with RUSAGE_CHILDREN = -1.</summary>
    [LibraryImport("libc", EntryPoint = "getrusage")]
    public static partial int GetRUsage(int who, RUsage* usage);

    [LibraryImport("libc", EntryPoint = "getpriority")]
    public static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int priority);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint pad);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SysCall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SysCall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(int* pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnFileActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnFileActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnFileActionsAddDup2(void* actions, int fd, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int SpawnFileActionsAddCloseFrom(void* actions, int from);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int SpawnFileActionsAddChangeDirectory(void* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttrInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttrDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttrSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnAttrSetSigMask(void* attributes, void* mask);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnAttrSetSigDefault(void* attributes, void* mask);

    /// <summary>The last call's error, as text for a message.</summary>
    public static string LastError() => Marshal.GetLastPInvokeErrorMessage();

    // What follows reports the settings of a process.
    public const int SOL_SOCKET = 1,
        SO_ACCEPTCONN = 30,
        SO_MEMINFO = 55;
    public const int PR_GET_PDEATHSIG = 2,
        PR_GET_KEEPCAPS = 7,
        PR_SET_NAME = 15,
        PR_GET_NAME = 16,
        PR_GET_TSC = 25,
        PR_GET_SECUREBITS = 27,
        PR_GET_TIMERSLACK = 30,
        PR_MCE_KILL_GET = 34;
    public const int PR_GET_THP_DISABLE = 42,
        PR_SVE_GET_VL = 51,
        PR_GET_TAGGED_ADDR_CTRL = 56,
        PR_GET_MDWE = 66,
        PR_GET_MEMORY_MERGE = 68;
    public const int F_GETFD = 1,
        F_GETOWN = 9,
        F_GETSIG = 11;
    public const int PROT_NONE = 0,
        MAP_PRIVATE = 2,
        MAP_FIXED = 16,
        MAP_ANONYMOUS = 32,
        MADV_DONTNEED = 4;

    /// <summary>Reads the personality of a process without setting it.</summary>
    public const nuint PresentPersonality = 0xffffffff;

    /// <summary>The same layout on x64 and arm64, for glibc and musl: the handler, 128 bytes of mask, the flags, the restorer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    public struct SigAction
    {
        [FieldOffset(0)]
        public ulong Handler;

        /// <summary>The part of the mask that the kernel has.</summary>
        [FieldOffset(8)]
        public ulong Mask;

        [FieldOffset(136)]
        public uint Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct SignalStack
    {
        public ulong Start;
        public int Flags;
        public ulong Size;
    }

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true)]
    public static partial nint ReadLink(byte* path, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "getcwd")]
    public static partial byte* GetCwd(byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "chdir")]
    public static partial int ChDir(byte* path);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    public static partial int GetSockOpt(int fd, int level, int option, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    public static partial int SchedGetScheduler(int pid);

    [LibraryImport("libc", EntryPoint = "personality")]
    public static partial int Personality(nuint persona);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    public static partial int GetSigAction(int signal, void* none, SigAction* present);

    [LibraryImport("libc", EntryPoint = "sigaltstack")]
    public static partial int GetSignalStack(void* none, SignalStack* present);

    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int MAdvise(void* address, nuint length, int advice);

    /// <summary>The result is a <c>struct itimerval</c>: 32 bytes.</summary>
    [LibraryImport("libc", EntryPoint = "getitimer")]
    public static partial int GetITimer(int which, long* value);

    /// <summary>Whether a descriptor is a socket that others can connect to.</summary>
    public static bool IsListening(int fd)
    {
        int value;
        var length = sizeof(int);
        return GetSockOpt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
    }
}
