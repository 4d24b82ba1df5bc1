using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>
/// Memory that a worker and its parent share. It outlives the worker, so the data that the worker put there is evidence even after a crash.
/// The parent treats every word of it as untrusted.
/// </summary>
/// <remarks>
/// <para>
/// <b>Claims.</b> Each job that is sent gets a slot. The parent writes the <see cref="OfferOf"/> the attempt into it, so that a request
/// that was taken back and is still in the pipe can never claim another job's offer. Then either the worker takes the job by
/// compare-and-swap and writes its start time, or the parent takes it back (<see cref="Revoked"/>) to give it to another worker. Both
/// cannot succeed, so a job is attempted at most once. When the function ends, the worker swaps the start time for <see cref="Finished"/>.
/// A parent that kills swaps it for <see cref="Condemned"/>. The first of the two swaps decides the outcome.
/// </para>
/// <para>
/// <b>Responses.</b> The worker builds its responses in <see cref="Responses"/> and writes them to the pipe from there, several at a time.
/// <see cref="Published"/> counts all bytes ever put there; <see cref="ResponsesBase"/> is the count at which the present content began. If
/// the worker dies, the parent reads from here the bytes that were published but not yet written.
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct SharedPage
{
    public const int Slots = 64;
    public const int ResponsesCapacity = 64 << 10;
    public const int Size = 4096 + ResponsesCapacity;
    private const long HasExited = 1 << 8;

    public const long Revoked = 2, Finished = 3, Condemned = 4;

    /// <summary>
    /// Claims above this are start times, in <see cref="System.Diagnostics.Stopwatch"/> ticks (nanoseconds of the monotonic clock).
    /// </summary>
    public const long FirstStartTime = 16;

    /// <summary>Set by the parent: the attempt whose cancellation token is to be cancelled.</summary>
    [FieldOffset(0)] public long CancelAttempt;

    /// <summary>Set by the parent while a job runs: the time of its last check, in Stopwatch ticks.</summary>
    [FieldOffset(8)] public long OwnerSeenAt;

    /// <summary>
    /// Set by the parent with a job: nonzero if the next job is likely to follow within microseconds, so that checking for it before
    /// sleeping is worthwhile.
    /// </summary>
    [FieldOffset(16)] public int NextIsSoon;

    /// <summary>Set by a worker that ends itself because its parent is unresponsive: the attempt that it ran.</summary>
    [FieldOffset(96)] public long AbandonedAttempt;

    /// <summary>Set by a worker that exits by itself: see <see cref="NoteExit"/>.</summary>
    [FieldOffset(104)] public long Exit;

    /// <summary>
    /// Set by a worker that ends because a finalizer threw and may belong to an object of an earlier job: the attempt that the worker ran.
    /// </summary>
    [FieldOffset(112)] public long ForeignCrash;

    /// <summary>Set by a worker that kills itself because of memory: a <see cref="MemoryLimitSource"/>.</summary>
    [FieldOffset(64)] public int MemorySource;

    /// <summary>The attempt that <see cref="MemorySource"/> refers to.</summary>
    [FieldOffset(72)] public long MemoryAttempt;

    /// <summary>The memory that this attempt used, in bytes.</summary>
    [FieldOffset(80)] public long MemoryUsed;

    /// <summary>The limit that it exceeded, in bytes.</summary>
    [FieldOffset(88)] public long MemoryLimit;

    /// <summary>The largest managed growth seen during the running job, in bytes.</summary>
    [FieldOffset(128)] public long PeakManaged;

    /// <summary>The most memory that the worker was seen to hold during the running job, in bytes.</summary>
    [FieldOffset(136)] public long PeakResident;

    /// <summary>The process's CPU time when the running job started, in nanoseconds.</summary>
    [FieldOffset(144)] public long CpuAtStart;

    /// <summary>The memory that the worker held when the running job's function started, in bytes.</summary>
    [FieldOffset(152)] public long ResidentBase;

    /// <summary>The last attempt whose function has started: its arguments have been read.</summary>
    [FieldOffset(160)] public long StartedAttempt;

    /// <summary>The last attempt whose function has ended: its response is being written.</summary>
    [FieldOffset(168)] public long WritingAttempt;

    /// <summary>The most processes that the running job was seen to have started at the same time.</summary>
    [FieldOffset(176)] public long PeakProcesses;

    /// <summary>
    /// Set by a worker that kills itself because its job has started too many processes: that attempt. <see cref="PeakProcesses"/> says how
    /// many.
    /// </summary>
    [FieldOffset(184)] public long ProcessesAttempt;

    /// <summary>
    /// The CPU time of the processes that earlier jobs had started and waited for when the running job started, in nanoseconds.
    /// </summary>
    [FieldOffset(224)] public long EndedCpuAtStart;

    /// <summary>The last attempt that was seen to have started a process.</summary>
    [FieldOffset(120)] public long StartingAttempt;

    [FieldOffset(192)] public long Published;

    [FieldOffset(200)] public long ResponsesBase;

    [FieldOffset(256)] public fixed long Claims[Slots];

    /// <summary>The memory of the responses.</summary>
    public static byte* Responses(SharedPage* page) => (byte*)page + 4096;

    /// <summary>The claim value of a job that either side may take.</summary>
    public static long OfferOf(long attempt) => -attempt;

    /// <summary>Stores the exit code, in case the system does not report it to the parent.</summary>
    public static void NoteExit(SharedPage* page, int code) => Volatile.Write(ref page->Exit, HasExited | (byte)code);

    /// <summary>The exit code that the worker stored; <see langword="null"/> if it stored none.</summary>
    public static int? ExitCode(SharedPage* page)
        => Volatile.Read(ref page->Exit) is var exit && (exit & HasExited) != 0 ? (byte)exit : null;

    public static bool IsStartTime(long claim) => claim >= FirstStartTime;
}
