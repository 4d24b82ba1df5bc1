using System.Diagnostics;
using System.Runtime.InteropServices;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// A child process, identified by its process descriptor. The descriptor always refers to this exact process, while its id may be reused as
/// soon as any code has waited for it. Besides this class, that can be the runtime, which waits for every child when it is process 1 or was
/// started with SIGCHLD ignored, and in the latter case the kernel itself: see docs/decisions/0003-posix-spawn.md.
/// </summary>
/// <param name="fd">The process descriptor, which the caller owns.</param>
/// <param name="pid">The process id; also the id of the group and the session that the process leads.</param>
internal sealed unsafe class ProcessDescriptor(int fd, int pid)
{
    private const int SignalGroup = 4; // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9
    private const nuint GetInfo = 0xC040FF0B; // PIDFD_GET_INFO with the first version of its structure
    private const ulong InfoExit = 8; // PIDFD_INFO_EXIT, Linux 6.15
    private const int InfoSize = 64, InfoExitCode = 60;
    private const int Exited = 1; // CLD_EXITED
    private const int CodeAt = 8, StatusAt = 24; // in siginfo_t

    /// <returns>A new process descriptor; -1, with the error left for the caller, if the system refuses.</returns>
    public static int Open(int pid) => (int)SysCall(SystemCallNumbers.PidFdOpen, pid, 0, 0, 0);

    /// <summary>Whether other code has waited for it, so that its id may belong to an unrelated process.</summary>
    public bool IsReaped => Send(0, 0) != 0 && Marshal.GetLastPInvokeError() == ESRCH;

    /// <summary>
    /// Kills the process and its whole group at the same time, so that none of them can start another process in between.
    /// </summary>
    public void KillGroup()
    {
        if (Send(SIGKILL, SignalGroup) == 0 || Marshal.GetLastPInvokeError() == ESRCH)
            return; // all were killed, or none exists
        if (!IsReaped)
            _ = Kill(-pid, SIGKILL);
    }

    /// <summary>
    /// Reads the exit status of a process that has exited. Its id stays in use until <see cref="Reap"/>, which may take several ms.
    /// </summary>
    /// <param name="cpu">Its CPU time as last read, in ns, in case the kernel no longer reports it.</param>
    /// <returns>How it exited, as far as this is still known.</returns>
    public ExitStatus ReadExit(long cpu)
    {
        var info = stackalloc byte[128];
        RUsage usage;
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            new Span<byte>(info, 128).Clear();
            var result = Wait(info, &usage, WEXITED | WNOHANG | WNOWAIT);
            if (result == 0 && *(int*)(info + CodeAt) is var code and not 0)
                return StatusOf(code == Exited, *(int*)(info + StatusAt), usage.CpuNanoseconds);
            if (result != 0 && Marshal.GetLastPInvokeError() != EINTR)
                return AfterAnother(cpu);
            if (Stopwatch.GetTimestamp() - since > ReapPatience)
                return new ExitStatus(null, null, cpu);
            Thread.Sleep(1);
        }
    }

    /// <summary>Makes the kernel forget a process that has exited, so that its id can be reused.</summary>
    public void Reap()
    {
        // The last thread of the process may still be removing its entries from /proc, with a lower priority than this thread. As long as
        // it does, the kernel spins in the wait: up to 4 ms, until a timer interrupts it.
        Thread.Sleep(1);
        var info = stackalloc byte[128];
        RUsage usage;
        while (Wait(info, &usage, WEXITED | WNOHANG) != 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }

    private nint Wait(void* info, RUsage* usage, int options)
    {
        var result = SysCall(SystemCallNumbers.WaitId, P_PIDFD, fd, (nint)info, options, (nint)usage);
        return result != 0 && Marshal.GetLastPInvokeError() is not (ECHILD or EINTR)
            ? SysCall(SystemCallNumbers.WaitId, P_PID, pid, (nint)info, options, (nint)usage) // Linux 5.3
            : result;
    }

    /// <summary>
    /// The kernel keeps the exit status as long as a descriptor of the process is open, regardless of which code waited for it. It reports
    /// the status a moment after it has reported that the process exited.
    /// </summary>
    private ExitStatus AfterAnother(long cpu)
    {
        var info = stackalloc byte[InfoSize];
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetTimestamp() - since < ReapPatience; Thread.Sleep(1))
        {
            new Span<byte>(info, InfoSize).Clear();
            *(ulong*)info = InfoExit;
            if (IoCtl(fd, GetInfo, info) != 0)
                break; // before Linux 6.15 the kernel does not keep it
            if ((*(ulong*)info & InfoExit) == 0)
                continue;
            var status = *(int*)(info + InfoExitCode);
            var signal = status & 0x7f;
            return StatusOf(signal == 0, signal == 0 ? (status >> 8) & 0xff : signal, cpu);
        }

        return new ExitStatus(null, null, cpu);
    }

    private static ExitStatus StatusOf(bool exited, int value, long cpu) => new(exited ? value : null, exited ? null : value, cpu);

    private nint Send(int signal, int flags) => SysCall(SystemCallNumbers.PidFdSendSignal, fd, signal, 0, flags);
}
