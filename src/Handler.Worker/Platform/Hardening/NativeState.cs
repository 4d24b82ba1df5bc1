using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// State of a process and its main thread that native code can change: signals, limits, timers, scheduling, rights, locked memory.
/// <see cref="NativeSettings"/> covers the state that can be restored. A check takes some tens of microseconds.
/// </summary>
/// <remarks>For the main thread only: part of the state belongs to the thread.</remarks>
internal sealed unsafe class NativeState
{
    private const int Limits = 16, IntervalTimers = 3, StatusBytes = 8 << 10, LongestName = 256, LongestNumber = 32, Signals = 64;

    /// <summary>
    /// Signals that the runtime handles from the time when a job first uses the console or a process: INT, QUIT, CHLD, CONT, TSTP, TTIN,
    /// TTOU, WINCH.
    /// </summary>
    private const ulong LateSignals =
        (1UL << 1) | (1UL << 2) | (1UL << 16) | (1UL << 17) | (1UL << 19) | (1UL << 20) | (1UL << 21) | (1UL << 27);

    /// <summary>Lines of /proc/self/status.</summary>
    private static readonly string[] Lines =
    [
        "Umask",
        "Uid",
        "Gid",
        "Groups",
        "SigBlk",
        "SigIgn",
        "SigCgt",
        "CapInh",
        "CapPrm",
        "CapEff",
        "CapBnd",
        "CapAmb",
        "NoNewPrivs",
        "Seccomp",
        "Seccomp_filters",
        "Cpus_allowed",
        "Mems_allowed",
        "Speculation_Store_Bypass",
        "SpeculationIndirectBranch",
        "x86_Thread_features",
    ];

    private static readonly string[] Values =
    [
        "niceness",
        "scheduling policy",
        "POSIX timers",
        "C environment",
        "death signal",
        "dumpable",
        "keep-capabilities",
        "secure bits",
        "timer slack",
        "subreaper",
        "large pages",
        "policy for memory errors",
        "time stamp counter",
        "writable code",
        "merging of pages",
        "tagged addresses",
        "vector length",
        "personality",
        "core dump filter",
        "alternate signal stack",
        "signal handlers",
        "locked memory",
        "lifeline",
        "session's niceness",
    ];

    private static readonly int SessionsNiceness = Lines.Length + Array.IndexOf(Values, "session's niceness");

    private static readonly int SigCgt = Array.IndexOf(Lines, "SigCgt");

    private readonly int status;
    private readonly int timers;
    private readonly int coreDumpFilter;
    private readonly int autogroup;
    private readonly int sessionNiceness;
    private readonly MemoryLocks locks = new();
    private readonly byte*** environment;
    private readonly byte[][] names = [.. Lines.Select(line => Encoding.ASCII.GetBytes(line + ":"))];
    private readonly ulong[] fresh;
    private readonly ulong[] now;
    private ulong handledLate; // the late signals that were handled as of the last check
    private ulong handled;

    /// <summary>Records the present state as the fresh one.</summary>
    /// <param name="sessionNiceness">The niceness that the session is, or will be, set to; 0 if it is left unchanged.</param>
    public NativeState(int sessionNiceness)
    {
        this.sessionNiceness = sessionNiceness;
        fixed (byte* path = "/proc/self/status\0"u8)
            status = Open(path, O_RDONLY | O_CLOEXEC);
        fixed (byte* path = "/proc/self/timers\0"u8)
            timers = Open(path, O_RDONLY | O_CLOEXEC);
        fixed (byte* path = "/proc/self/coredump_filter\0"u8)
            coreDumpFilter = Open(path, O_RDONLY | O_CLOEXEC);
        fixed (byte* path = "/proc/self/autogroup\0"u8)
            autogroup = Open(path, O_RDONLY | O_CLOEXEC);
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "environ", out var address))
            environment = (byte***)address;
        fresh = new ulong[Lines.Length + Values.Length + Limits + IntervalTimers + WorkerDescriptors.End];
        now = new ulong[fresh.Length];
        Read(fresh);
    }

    /// <summary>The state that has changed, in a word or two; <see langword="null"/> if nothing has.</summary>
    public string? Changed()
    {
        Read(now);
        if ((handledLate & ~handled) != 0)
            return "SigCgt";
        handledLate = handled & LateSignals;
        if (sessionNiceness > 0 && now[SessionsNiceness] == (ulong)sessionNiceness)
            fresh[SessionsNiceness] = now[SessionsNiceness]; // the kernel may have refused to set it for a while
        var at = fresh.AsSpan().CommonPrefixLength(now);
        if (at == fresh.Length)
            return null;
        if (at < Lines.Length)
            return Lines[at];
        at -= Lines.Length;
        if (at < Values.Length)
            return Values[at];
        at -= Values.Length;
        if (at < Limits)
            return $"resource limit {at}";
        at -= Limits;
        return at < IntervalTimers ? $"interval timer {at}" : $"descriptor {at - IntervalTimers}";
    }

    private void Read(Span<ulong> to)
    {
        to.Clear();
        ReadStatus(to);
        to = to[Lines.Length..];
        to[0] = (ulong)GetPriority(PRIO_PROCESS, 0);
        to[1] = (ulong)SchedGetScheduler(0);
        byte any;
        to[2] = PRead(timers, &any, 1, 0) > 0 ? 1UL : 0;
        for (var each = environment is null ? null : *environment; each is not null && *each is not null; each++)
            to[3] = Mix(to[3], (ulong)*each);
        int value = 0;
        to[4] = PrCtl(PR_GET_PDEATHSIG, (nuint)(&value), 0, 0, 0) == 0 ? (ulong)value : 0;
        to[5] = (ulong)PrCtl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        to[6] = (ulong)PrCtl(PR_GET_KEEPCAPS, 0, 0, 0, 0);
        to[7] = (ulong)PrCtl(PR_GET_SECUREBITS, 0, 0, 0, 0);
        to[8] = (ulong)PrCtl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        to[9] = PrCtl(PR_GET_CHILD_SUBREAPER, (nuint)(&value), 0, 0, 0) == 0 ? (ulong)value : 0;
        to[10] = (ulong)PrCtl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
        to[11] = (ulong)PrCtl(PR_MCE_KILL_GET, 0, 0, 0, 0);
        to[12] = PrCtl(PR_GET_TSC, (nuint)(&value), 0, 0, 0) == 0 ? (ulong)value : 0;
        to[13] = (ulong)PrCtl(PR_GET_MDWE, 0, 0, 0, 0);
        to[14] = (ulong)PrCtl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0);
        to[15] = (ulong)PrCtl(PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0);
        to[16] = (ulong)PrCtl(PR_SVE_GET_VL, 0, 0, 0, 0);
        to[17] = (ulong)Personality(PresentPersonality);
        var filter = stackalloc byte[LongestNumber];
        to[18] = Hash(new ReadOnlySpan<byte>(filter, Math.Max(0, (int)PRead(coreDumpFilter, filter, LongestNumber, 0))));
        SignalStack stack;
        to[19] = GetSignalStack(null, &stack) == 0 ? Mix(Mix(stack.Start, stack.Size), (ulong)stack.Flags) : 0;
        to[20] = SignalHandlers(caught: fresh[SigCgt]);
        to[21] = locks.Any() ? 1UL : 0;
        to[22] = Mix((ulong)Fcntl(WorkerDescriptors.Lifeline, F_GETSIG, 0), (ulong)Fcntl(WorkerDescriptors.Lifeline, F_GETOWN, 0));
        to[23] = SessionNiceness();
        to = to[Values.Length..];
        for (var resource = 0; resource < Limits; resource++)
        {
            RLimit limit;
            to[resource] = GetRLimit(resource, &limit) == 0 ? Mix(limit.Soft, limit.Hard) : 0;
        }

        to = to[Limits..];
        var time = stackalloc long[4];
        for (var which = 0; which < IntervalTimers; which++)
            to[which] = GetITimer(which, time) == 0 && (time[2] | time[3]) != 0 ? 1UL : 0;
        to = to[IntervalTimers..];
        var name = stackalloc byte[LongestName];
        var path = stackalloc byte[16];
        "/proc/self/fd/0\0"u8.CopyTo(new Span<byte>(path, 16));
        for (var fd = 0; fd < WorkerDescriptors.End; fd++, path[14]++)
            to[fd] = Hash(new ReadOnlySpan<byte>(name, Math.Max(0, (int)ReadLink(path, name, LongestName))));
    }

    /// <summary>0 if the kernel does not group processes by session. The file says "/autogroup-7 nice 5".</summary>
    private ulong SessionNiceness()
    {
        var buffer = stackalloc byte[LongestName];
        var text = new ReadOnlySpan<byte>(buffer, Math.Max(0, (int)PRead(autogroup, buffer, LongestName, 0))).TrimEnd((byte)'\n');
        return int.TryParse(text[(text.LastIndexOf((byte)' ') + 1)..], out var niceness) ? (ulong)niceness : 0;
    }

    /// <summary>The status tells which signals have a handler. Which handler that is must be queried for each signal.</summary>
    private static ulong SignalHandlers(ulong caught)
    {
        var hash = 0UL;
        for (var signal = 1; signal <= Signals; signal++)
        {
            SigAction action;
            if ((caught & (1UL << (signal - 1))) != 0 && GetSigAction(signal, null, &action) == 0)
                hash = Mix(Mix(Mix(hash, action.Handler), action.Mask), action.Flags);
        }

        return hash;
    }

    private void ReadStatus(Span<ulong> to)
    {
        var buffer = stackalloc byte[StatusBytes];
        var text = new ReadOnlySpan<byte>(buffer, Math.Max(0, (int)PRead(status, buffer, StatusBytes, 0)));
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            for (var i = 0; i < names.Length; i++)
            {
                if (line.StartsWith(names[i]))
                    to[i] = ValueOf(i, line[names[i].Length..].Trim((byte)'\t'));
            }

            text = end < 0 ? default : text[(end + 1)..];
        }
    }

    private ulong ValueOf(int line, ReadOnlySpan<byte> value)
    {
        if (Lines[line] is not "SigCgt" || !ulong.TryParse(value, NumberStyles.HexNumber, null, out handled))
            return Hash(value);
        return handled & ~LateSignals;
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length;
        foreach (var each in bytes)
            hash = Mix(hash, each);
        return hash;
    }

    private static ulong Mix(ulong hash, ulong value) => (ulong.RotateLeft(hash, 23) ^ value) * 0x9E3779B97F4A7C15;
}
