using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>Calls that report the settings of a process.</summary>
internal static unsafe partial class LibC
{
    public const int SOL_SOCKET = 1, SO_ACCEPTCONN = 30, SO_MEMINFO = 55;
    public const int PR_GET_PDEATHSIG = 2, PR_GET_KEEPCAPS = 7, PR_SET_NAME = 15, PR_GET_NAME = 16, PR_GET_TSC = 25, PR_GET_SECUREBITS = 27, PR_GET_TIMERSLACK = 30, PR_MCE_KILL_GET = 34;
    public const int PR_GET_THP_DISABLE = 42, PR_SVE_GET_VL = 51, PR_GET_TAGGED_ADDR_CTRL = 56, PR_GET_MDWE = 66, PR_GET_MEMORY_MERGE = 68;
    public const int F_GETFD = 1, F_GETOWN = 9, F_GETSIG = 11;
    public const int PROT_NONE = 0, MAP_PRIVATE = 2, MAP_FIXED = 16, MAP_ANONYMOUS = 32, MADV_DONTNEED = 4;

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
