using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Changes to a process and its main thread that only native code can make.</summary>
internal static unsafe partial class NativeChanges
{
    /// <summary>The number of descriptors of the standard streams and of the worker itself.</summary>
    private const int WorkersDescriptors = 7;

    public static int Make(string what)
    {
        var set = stackalloc ulong[20];
        new Span<ulong>(set, 20).Clear();
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
                return Signal(10, 1) == -1 ? 0 : 1; // ignores SIGUSR1
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
            case "lock of future memory":
                return Check(MLockAll(2));
            case "lock of future memory when it is used":
                return Check(MLockAll(6));
            case "alternate signal stack":
                set[1] = 2; // SS_DISABLE
                return Check(SigAltStack(set, null));
            case "handler of SIGSEGV":
                set[0] = (ulong)(nint)(delegate* unmanaged<int, void>)&Nothing;
                return Check(SigAction(11, set, null));
            case "large pages":
                return Check(PrCtl(41, 1, 0, 0, 0));
            case "policy for memory errors":
                return Check(PrCtl(33, 1, 1, 0, 0));
            case "speculation":
                return Check(PrCtl(53, 0, 4, 0, 0)); // turns speculative store bypass off
            case "personality":
                return Personality(0x40000) == -1 ? 0 : 1; // ADDR_NO_RANDOMIZE
            case "core dump filter":
                File.WriteAllText("/proc/self/coredump_filter", "0");
                return 1;
            case "lifeline":
                return Check(FCntl(5, 8, 0)); // F_SETOWN: no owner
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such change.");
        }
    }

    /// <summary>Changes the settings that can be restored.</summary>
    public static int ChangeSettings()
    {
        for (var fd = 0; fd < WorkersDescriptors; fd++)
        {
            _ = Check(FCntl(fd, 2, 0)); // child processes inherit the descriptor
            _ = Check(FCntl(fd, 4, FCntl(fd, 3, 0) ^ 0xC00)); // O_NONBLOCK, O_APPEND
        }

        File.WriteAllText("/proc/self/comm", "alice");
        return Environment.ProcessId;
    }

    /// <summary>Returns all these settings, followed by the process id.</summary>
    public static string[] ReadSettings()
    {
        var settings = Enumerable.Range(0, WorkersDescriptors).Select(static fd => $"{fd}: {FCntl(fd, 1, 0)} {FCntl(fd, 3, 0)}");
        return [.. settings, File.ReadAllText("/proc/self/comm"), $"{Environment.ProcessId}"];
    }

    [UnmanagedCallersOnly]
    private static void Nothing(int signal)
    {
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

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    private static partial int MLockAll(int flags);

    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    private static partial int SigAltStack(ulong* stack, ulong* old);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int SigAction(int signal, ulong* action, ulong* old);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int PrCtl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "personality", SetLastError = true)]
    private static partial int Personality(nint persona);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int fd, int target);
}
