using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>Calls that tell what a process has set.</summary>
internal static unsafe partial class LibC
{
    public const int SOL_SOCKET = 1, SO_ACCEPTCONN = 30;
    public const int PR_GET_PDEATHSIG = 2, PR_GET_KEEPCAPS = 7, PR_GET_SECUREBITS = 27, PR_GET_TIMERSLACK = 30;

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
