using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>C library calls, for everything that the runtime does not let a function do.</summary>
internal static unsafe partial class NativeCalls
{
    public const int SigFpe = 8;
    public const int SigKill = 9;
    public const int SigUsr1 = 10;
    public const int SigStop = 19;

    [LibraryImport("libc", EntryPoint = "sleep")]
    public static partial uint Sleep(uint seconds);

    // Without the transition the thread counts as running managed code, so no collection can start until the call returns.
    [LibraryImport("libc", EntryPoint = "sleep")]
    [SuppressGCTransition]
    public static partial uint SleepWithoutTransition(uint seconds);

    [LibraryImport("libc", EntryPoint = "exit")]
    public static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "fork")]
    [SuppressGCTransition]
    public static partial int Fork();

    [LibraryImport("libc", EntryPoint = "setpgid")]
    [SuppressGCTransition]
    public static partial int SetGroup(int pid, int group);

    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitWithoutCleanup(int code);

    [LibraryImport("libc", EntryPoint = "abort")]
    public static partial void Abort();

    [LibraryImport("libc", EntryPoint = "__assert_fail")]
    public static partial void FailAssertion(byte* condition, byte* file, uint line, byte* function);

    [LibraryImport("libc", EntryPoint = "raise")]
    public static partial int Raise(int signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "tgkill")]
    public static partial int KillThread(int pid, int thread, int signal);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    public static partial int SetAction(int signal, ulong* action, ulong* old);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint Write(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "memfd_create")]
    public static partial int MemoryFile(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    public static partial int SecretMemoryFile(nint number, nint flags);

    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial byte* Map(void* address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    public static partial int SetLength(int descriptor, nint length);

    [LibraryImport("libc", EntryPoint = "memset")]
    public static partial void* Fill(void* target, int value, nint count);
}
