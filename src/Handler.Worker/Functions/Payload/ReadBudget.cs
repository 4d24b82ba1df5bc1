using System.Diagnostics;
using System.Runtime.CompilerServices;
using Handler.Platform;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// The memory, and the CPU time of its thread, that reading one result may cost the process that reads it. A result comes from a
/// process that has run untrusted code: a few bytes of it can ask for far more objects than the job was allowed, or for endless
/// comparisons.
/// </summary>
internal sealed unsafe class ReadBudget : IDisposable
{
    [ThreadStatic]
    private static ReadBudget? current;

    private readonly long maxHeapBytes;
    private readonly TimeSpan maxTime;
    private readonly long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
    private readonly long timeBefore = ThreadTime();
    private readonly ReadBudget? around = current;
    private long unseen;

    private ReadBudget(long maxHeapBytes, TimeSpan maxTime)
    {
        this.maxHeapBytes = maxHeapBytes;
        this.maxTime = maxTime;
    }

    /// <summary>
    /// The budget of the read in progress on this thread; <see langword="null"/> if only the process's own limits apply, as in a worker.
    /// </summary>
    public static ReadBudget? Current => current;

    /// <summary>
    /// The maximum size of a job's result in serialized form, and the maximum memory allocated while it is read, in bytes.
    /// </summary>
    public static long MostBytes(long maxHeapBytes)
        => maxHeapBytes > (long.MaxValue - HeapAllowance) / HeapFactor ? long.MaxValue : (HeapFactor * maxHeapBytes) + HeapAllowance;

    /// <summary>The reason for not reading a result that is larger than <see cref="MostBytes"/>.</summary>
    public static string TooLarge(long length, long maxHeapBytes) =>
        $"The encoded result has {length} bytes; "
            + $"a job whose MaxHeapBytes is {maxHeapBytes} may return {MostBytes(maxHeapBytes)} at most. "
            + "Return less, or raise JobLimits.MaxHeapBytes.";

    /// <summary>Sets the budget for the reads of this thread, until it is disposed.</summary>
    public static ReadBudget Begin(long maxHeapBytes, TimeSpan maxTime) => current = new ReadBudget(maxHeapBytes, maxTime);

    public void Dispose() => current = around;

    /// <summary>Checks the budget before a piece of a value is created that needs this much memory in one allocation.</summary>
    /// <exception cref="FormatException">The budget does not allow it.</exception>
    public static void Charge(long bytes)
    {
        if (bytes > SmallPiece)
            current?.Check(bytes);
    }

    /// <summary>Checks the budget from time to time while a value is created from its parts, regardless of how they are nested.</summary>
    /// <param name="length">The number of bytes that the part took in the result, if known.</param>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void AddPart(int length = 0)
    {
        if (current is not { } budget || (budget.unseen += Math.Max(length, LeastPart)) < BytesBetweenChecks)
            return;
        budget.unseen = 0;
        budget.Check();
    }

    /// <summary>Adds to a list whose growth counts against the budget.</summary>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void Add<T>(List<T> items, T item)
    {
        if (items.Count == items.Capacity)
            Charge(2L * items.Count * Unsafe.SizeOf<T>());
        items.Add(item);
        AddPart();
    }

    /// <summary>
    /// Enumerates the items for a collection that may compare each item with all previous ones. Checks the budget during the enumeration.
    /// </summary>
    public static IEnumerable<T> Watch<T>(List<T> items)
    {
        return current is null ? items : Watched(items);

        static IEnumerable<T> Watched(List<T> items)
        {
            foreach (var item in items)
            {
                yield return item;
                AddPart();
            }
        }
    }

    /// <summary>
    /// Checks the budget before a part is created that may take much time on its own, such as one that is compared with others by the rules
    /// of a language.
    /// </summary>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void Look() => current?.Check();

    /// <summary>Checks what has been used.</summary>
    /// <param name="next">The size of the next allocation, in bytes.</param>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public void Check(long next = 0)
    {
        var most = MostBytes(maxHeapBytes);
        if (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore > most - next)
            throw new FormatException(
                $"Reading it takes more than {most} bytes of memory, "
                    + $"which is {HeapFactor} times the job's MaxHeapBytes of {maxHeapBytes} and {HeapAllowance}. "
                    + "Return less, or raise JobLimits.MaxHeapBytes.");
        if (ThreadTime() - timeBefore > maxTime.Ticks)
            throw new FormatException(
                $"Reading it takes more than {maxTime.TotalMilliseconds:0} ms of CPU time, "
                    + "which follows from its size and from what was left of JobLimits.Timeout. "
                    + "Return less, or in a form that is quicker to read, such as a list instead of a set.");
    }

    /// <summary>
    /// The CPU time of this thread, in ticks of <see cref="TimeSpan"/>; the time of a clock if the system does not report it.
    /// </summary>
    private static long ThreadTime()
    {
        LibC.TimeSpec time;
        return OperatingSystem.IsLinux() && LibC.ClockGetTime(LibC.CLOCK_THREAD_CPUTIME_ID, &time) == 0
            ? (time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : Stopwatch.GetElapsedTime(0).Ticks;
    }
}
