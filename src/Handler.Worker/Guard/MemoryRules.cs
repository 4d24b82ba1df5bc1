using static Handler.WorkerTuning.Guard;

namespace Handler.Guard;

/// <summary>
/// What the <see cref="MemoryGuard"/> decides from what it has measured. All sizes are in bytes. Nothing here allocates.
/// </summary>
internal static class MemoryRules
{
    private const long Megabyte = 1 << 20;

    /// <summary>Whether so much was allocated since the live heap was last measured that it must be measured again before a job.</summary>
    public static bool HasDrifted(long allocated, long heapLimit, long live) => allocated > Math.Max(heapLimit, live) / DriftParts;

    /// <summary>
    /// Whether a function that has returned may hold more than its limit, so that a full collection must decide. With a small limit
    /// the growth of the heap tells too little.
    /// </summary>
    /// <param name="allocated">What the function has allocated.</param>
    /// <param name="growth">How much the heap has grown meanwhile, garbage included.</param>
    /// <param name="heapLimit">The job's limit.</param>
    public static bool MayExceedAtEnd(long allocated, long growth, long heapLimit)
        => allocated > heapLimit && (heapLimit < SmallLimit || growth > heapLimit - (heapLimit / DriftParts));

    /// <summary>The same for a function that has thrown, whose exception takes memory too.</summary>
    public static bool MayExceedAtFailure(long growth, long heapLimit) => growth > heapLimit + Megabyte;

    /// <summary>
    /// Whether a job whose heap is above its limit again gets another full collection. The cost of one grows with the live heap, so a job
    /// must allocate a matching amount before the next one.
    /// </summary>
    public static bool MayConfirmAgain(long allocatedSince, long heapLimit) => allocatedSince >= Math.Max(2 * Megabyte, heapLimit / 4);

    /// <summary>How much the resident size may grow in a phase of a job besides its limit.</summary>
    public static long ResidentRoom(JobPhase phase, long callBytes, long maxPayloadBytes) => phase switch
    {
        JobPhase.Reading => MemoryRoom.ToRead(callBytes),
        JobPhase.Writing => MemoryRoom.ToWrite(maxPayloadBytes),
        _ => 0,
    };

    /// <summary>
    /// The memory that a process certainly held that has ended, if the kernel's record of its resident size tells.
    /// </summary>
    /// <param name="peak">That record. It includes pages of files, and the resident size that the worker had when it started the
    /// process.</param>
    /// <param name="filePages">The most pages of files that a process of the job was seen with.</param>
    /// <param name="highestOwn">The largest resident size that the worker has had.</param>
    /// <returns>The bytes; 0 if the record does not tell.</returns>
    public static long HeldByEnded(long peak, long filePages, long highestOwn)
    {
        var held = peak - ProgramPages;
        return filePages > ManyFilePages || held <= highestOwn ? 0 : held;
    }

    /// <summary>
    /// The time until the next check, in ns: the closer the job is to a limit, the shorter. A thread can allocate about 4 MB in a
    /// millisecond.
    /// </summary>
    /// <param name="room">How far the job is from its nearest limit.</param>
    public static long Pause(long room) => Math.Clamp(room / 4, 1_000_000, 5_000_000);

    /// <summary>Whether a running job within its limit leaves so much memory committed that it is released.</summary>
    public static bool IsMuchCommitted(long growth, long heapLimit) => growth > heapLimit + (heapLimit / 4) + (8 * Megabyte);

    /// <summary>The same for what is left between two jobs.</summary>
    public static bool IsMuchCommittedBetweenJobs(long growth) => growth > 16 * Megabyte;
}
