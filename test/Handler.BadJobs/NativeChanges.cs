using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Changes of a process and its main thread that only native code can make.</summary>
internal static unsafe partial class NativeChanges
{
    public static int Make(string what)
    {
        var set = stackalloc ulong[16];
        new Span<ulong>(set, 16).Clear();
        switch (what)
        {
            case "umask":
                _ = UMask(63);
                return 1;
            case "niceness":
                return Check(SetPriority(0, 0, 15));
            case "resource limit":
                set[0] = 999;
                set[1] = 1000;
                return Check(SetRLimit(7, set)); // descriptors
            case "signal mask":
                set[0] = 1UL << 9; // SIGUSR1
                return Check(SigProcMask(0, set, null));
            case "signal handler":
                return Signal(10, 1) == -1 ? 0 : 1; // SIGUSR1 is ignored
            case "ignored children":
                return Signal(17, 1) == -1 ? 0 : 1; // SIGCHLD
            case "unhandled children":
                return Signal(17, 0) == -1 ? 0 : 1;
            case "ignored interrupt":
                return Signal(2, 1) == -1 ? 0 : 1;
            case "alarm":
                _ = Alarm(3600);
                return 1;
            case "affinity":
                set[0] = 1;
                return Environment.ProcessorCount == 1 ? Check(SetPriority(0, 0, 15)) : Check(SchedSetAffinity(0, 8, set));
            case "C environment":
                return Check(SetEnv("LEFT_BEHIND", "1", 1));
            case "rounding":
                return Check(SetRound(0x800)); // upwards, on x64
            case "standard output":
                return Dup2(0, 1) == 1 ? 1 : 0;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such change.");
        }
    }

    private static int Check(int result) => result == 0 ? 1 : throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial int UMask(int mask);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, uint who, int priority);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetRLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SigProcMask(int how, ulong* set, ulong* old);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "alarm")]
    private static partial uint Alarm(uint seconds);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SchedSetAffinity(int pid, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libm.so.6", EntryPoint = "fesetround")]
    private static partial int SetRound(int mode);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int fd, int target);
}
