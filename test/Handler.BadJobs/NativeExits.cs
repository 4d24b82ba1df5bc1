using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Functions that end or damage their process with native calls.</summary>
public static unsafe class NativeExits
{
    /// <summary>Calls <c>exit</c>, which runs the C library's exit handlers and none of the runtime's.</summary>
    public static void Exit(int code) => NativeCalls.Exit(code);

    /// <summary>Calls <c>_exit</c>, which runs nothing at all.</summary>
    public static void ExitWithoutCleanup(int code) => NativeCalls.ExitWithoutCleanup(code);

    /// <summary>Calls <c>abort</c>.</summary>
    public static void Abort() => NativeCalls.Abort();

    /// <summary>Writes through a null pointer in native code.</summary>
    public static void NullWrite() => NativeCalls.Fill((void*)8, 1, 8);

    /// <summary>Writes to an unmapped address.</summary>
    public static int WildWrite()
    {
        *(int*)0x1234567890 = 1;
        return 0;
    }

    /// <summary>Overwrites a megabyte of the managed heap and then collects it.</summary>
    public static void CorruptHeap()
    {
        var victim = new byte[16];
        fixed (byte* start = victim)
            NativeCalls.Fill(start, 0x5A, 1 << 20);
        GC.Collect();
    }

    /// <summary>Fails an assertion in native code.</summary>
    public static void FailAssertion()
    {
        fixed (byte* condition = "x > 0\0"u8, file = "file.c\0"u8, function = "main\0"u8)
            NativeCalls.FailAssertion(condition, file, 1, function);
    }

    /// <summary>Kills itself (SIGKILL). From outside this looks like the kernel's out-of-memory killer.</summary>
    public static void Kill() => SignalItself(NativeCalls.SigKill);

    /// <summary>Raises an arithmetic fault (SIGFPE) in its own thread.</summary>
    public static void ArithmeticFault()
    {
        // The first signal only removes the runtime's handler: the runtime expects the faulting instruction to fault again, but there is
        // none.
        while (true)
            _ = NativeCalls.Raise(NativeCalls.SigFpe);
    }

    /// <summary>Makes a system call of 32-bit x86, if this processor can, or else raises the signal of a filter.</summary>
    public static int CallOfOtherArchitecture()
    {
        const int ReadWriteExecute = 7, PrivateAnonymous = 0x22, BadSystemCall = 31;
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return NativeCalls.Raise(BadSystemCall);
        ReadOnlySpan<byte> code = [0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]; // mov eax, 20 (getpid); int 0x80; ret
        var page = NativeCalls.Map(null, 4096, ReadWriteExecute, PrivateAnonymous, -1, 0);
        code.CopyTo(new Span<byte>(page, code.Length));
        return ((delegate* unmanaged<int>)page)();
    }

    /// <summary>Stops itself (SIGSTOP): it neither ends nor runs.</summary>
    public static void Stop() => SignalItself(NativeCalls.SigStop);

    /// <summary>Kills the whole process group (SIGKILL) that its process is in.</summary>
    public static void KillGroup()
    {
        _ = NativeCalls.Kill(0, NativeCalls.SigKill);
        CpuHogs.Sleep();
    }

    /// <summary>Closes every possible descriptor, including those of others, and returns a value.</summary>
    public static int CloseAllDescriptors()
    {
        for (var descriptor = 0; descriptor < 1024; descriptor++)
            _ = NativeCalls.Close(descriptor);
        return 5;
    }

    // The kernel may deliver a signal for the process to any thread, so this thread waits for its effect.
    private static void SignalItself(int signal)
    {
        _ = NativeCalls.Kill(Environment.ProcessId, signal);
        CpuHogs.Sleep();
    }
}
