using System.Runtime.InteropServices;

namespace Handler.Abuse;

/// <summary>C library calls with which jobs reach Handler's own resources.</summary>
public static unsafe partial class JobCalls
{
    /// <summary>The descriptor of the memory that a worker shares with its host.</summary>
    public const int SharedPage = 6;

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int fd, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "dup2")]
    public static partial int Replace(int fd, int target);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    public static partial int Control(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string path, nint* arguments);

    [LibraryImport("libc", EntryPoint = "sleep")]
    public static partial uint Sleep(uint seconds);

    [LibraryImport("libc", EntryPoint = "getpgid")]
    public static partial int GroupOf(int process);

    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitWithoutCleanup(int code);
}
