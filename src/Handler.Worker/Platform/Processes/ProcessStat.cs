using static Handler.WorkerTuning.Processes;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>One reading of <c>/proc/PID/stat</c>, which every user may read. Takes about 10 µs and allocates nothing.</summary>
internal readonly record struct ProcessStat
{
    private const long Tick = 10_000_000; // USER_HZ is 100 on every architecture that .NET supports
    private const int BootClock = 7; // CLOCK_BOOTTIME
    private const ulong ForkedWithoutExec = 0x40; // PF_FORKNOEXEC
    private const int Parent = 1, Group = 2, Session = 3, Flags = 6, User = 11, System = 12, WaitedUser = 13, WaitedSystem = 14, Start = 19;

    public int Pid { get; private init; }

    public int ParentPid { get; private init; }

    public int GroupId { get; private init; }

    public int SessionId { get; private init; }

    /// <summary>Whether it still runs: it has not exited, although nothing may have waited for it yet.</summary>
    public bool IsAlive { get; private init; }

    /// <summary>Its own CPU time and that of its children that were waited for, in ns.</summary>
    public long CpuNanoseconds { get; private init; }

    /// <summary>The part of this time that its waited-for children have used.</summary>
    public long WaitedCpuNanoseconds { get; private init; }

    /// <summary>When it started, in ticks since boot.</summary>
    public long StartedAt { get; private init; }

    /// <summary>
    /// Whether it was forked a moment ago and has not yet called exec. It then still shares its memory with its parent.
    /// </summary>
    public bool IsNewborn { get; private init; }

    /// <summary>Reads the state of a process.</summary>
    /// <returns><see langword="false"/> if there is no such process, or this process has no free descriptor.</returns>
    public static unsafe bool TryRead(int pid, out ProcessStat stat)
    {
        stat = default;
        var file = ProcEntries.Open(pid, "/stat\0"u8);
        if (file < 0)
            return false;
        const int Size = 1024;
        var buffer = stackalloc byte[Size];
        var text = new ReadOnlySpan<byte>(buffer, (int)Math.Max(0, PRead(file, buffer, Size, 0)));
        _ = Close(file);
        var name = text.LastIndexOf((byte)')');
        if (name < 0 || name + 2 >= text.Length)
            return false;
        stat = Parse(pid, text[(name + 2)..]);
        return true;
    }

    private static ProcessStat Parse(int pid, ReadOnlySpan<byte> text)
    {
        Span<long> fields = stackalloc long[Start + 1];
        var state = text[0];
        text = text[1..].TrimStart((byte)' ');
        for (var i = 1; i <= Start && text.Length > 0; i++)
            fields[i] = NextNumber(ref text);
        var waited = (fields[WaitedUser] + fields[WaitedSystem]) * Tick;
        return new ProcessStat
        {
            Pid = pid,
            ParentPid = (int)fields[Parent],
            GroupId = (int)fields[Group],
            SessionId = (int)fields[Session],
            IsAlive = state is not ((byte)'Z' or (byte)'X' or (byte)'x'),
            CpuNanoseconds = ((fields[User] + fields[System]) * Tick) + waited,
            WaitedCpuNanoseconds = waited,
            StartedAt = fields[Start],
            IsNewborn = ((ulong)fields[Flags] & ForkedWithoutExec) != 0 && SinceBoot() - (fields[Start] * Tick) < TimeToExec,
        };
    }

    private static unsafe long SinceBoot()
    {
        TimeSpec time;
        return ClockGetTime(BootClock, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;
    }

    private static long NextNumber(ref ReadOnlySpan<byte> text)
    {
        var isNegative = text[0] == (byte)'-';
        var at = isNegative ? 1 : 0;
        var number = 0L;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
            number = (number * 10) + text[at] - '0';
        text = text[Math.Min(text.Length, at + 1)..];
        return isNegative ? -number : number;
    }
}
