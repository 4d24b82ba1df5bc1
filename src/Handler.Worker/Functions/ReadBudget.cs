using System.Diagnostics;
using System.Runtime.CompilerServices;
using Handler.Platform;

namespace Handler.Functions;

/// <summary>
/// What reading one result may cost the process that reads it, in memory and in processor time of its thread. A result comes from a process that has run someone's
/// code: a few bytes of it can ask for far more objects than the job was allowed, or for comparisons without end.
/// </summary>
internal sealed unsafe class ReadBudget : IDisposable
{
    /// <summary>Below this, in bytes, a piece of a value is not worth a look.</summary>
    public const int SmallPiece = 4 << 10;

    /// <summary>How much is read between two looks, in bytes of the result; a part of a value counts at least <see cref="LeastPart"/>.</summary>
    private const int BytesBetweenLooks = 8 << 10, LeastPart = 512;

    /// <summary>
    /// What a job's heap may become on the way: as JSON the values of a full heap take up to six times their bytes, and a list that grows while it is read allocates five times its own.
    /// </summary>
    private const int Factor = 6;

    private const long Allowance = 1 << 20;

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

    /// <summary>The budget of what this thread reads just now; <see langword="null"/> where nothing but the process's own limits holds, as in a worker.</summary>
    public static ReadBudget? Current => current;

    /// <summary>How large a result of a job may be as it travels, and how much memory may be allocated while it is read, in bytes.</summary>
    public static long MostBytes(long maxHeapBytes) => maxHeapBytes > (long.MaxValue - Allowance) / Factor ? long.MaxValue : (Factor * maxHeapBytes) + Allowance;

    /// <summary>Why a result is not read that is larger than <see cref="MostBytes"/>.</summary>
    public static string TooLarge(long length, long maxHeapBytes)
        => $"The result takes {length} bytes as it travels; a job whose MaxHeapBytes is {maxHeapBytes} may return {MostBytes(maxHeapBytes)} at most. Return less, or raise JobLimits.MaxHeapBytes.";

    /// <summary>Sets the budget of what this thread reads until it is disposed.</summary>
    public static ReadBudget Begin(long maxHeapBytes, TimeSpan maxTime) => current = new ReadBudget(maxHeapBytes, maxTime);

    public void Dispose() => current = around;

    /// <summary>Looks before a piece of a value is made that takes so much memory at once.</summary>
    /// <exception cref="FormatException">The budget does not allow it.</exception>
    public static void Charge(long bytes)
    {
        if (bytes > SmallPiece)
            current?.Check(bytes);
    }

    /// <summary>Looks now and then while a value is made of its parts: after so many of them, however they are nested.</summary>
    /// <param name="length">How many bytes of the result the part took, where that is known.</param>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void AddPart(int length = 0)
    {
        if (current is not { } budget || (budget.unseen += Math.Max(length, LeastPart)) < BytesBetweenLooks)
            return;
        budget.unseen = 0;
        budget.Check();
    }

    /// <summary>Adds to a list whose growth is part of the budget.</summary>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void Add<T>(List<T> items, T item)
    {
        if (items.Count == items.Capacity)
            Charge(2L * items.Count * Unsafe.SizeOf<T>());
        items.Add(item);
        AddPart();
    }

    /// <summary>Items for a collection, which may compare each with all before it: the budget is looked at while it takes them.</summary>
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

    /// <summary>Looks before a part is made that may take much time by itself, such as one that is compared with others by the rules of a language.</summary>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public static void Look() => current?.Check();

    /// <summary>Looks at what was used up.</summary>
    /// <param name="next">What is about to be allocated, in bytes.</param>
    /// <exception cref="FormatException">The budget is used up.</exception>
    public void Check(long next = 0)
    {
        var most = MostBytes(maxHeapBytes);
        if (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore > most - next)
            throw new FormatException($"Reading it takes more than {most} bytes of memory, which is {Factor} times the job's MaxHeapBytes of {maxHeapBytes} and {Allowance}. Return less, or raise JobLimits.MaxHeapBytes.");
        if (ThreadTime() - timeBefore > maxTime.Ticks)
            throw new FormatException($"Reading it takes more than {maxTime.TotalMilliseconds:0} ms of processor time, which follows from its size and from what was left of JobLimits.Timeout. Return less, or in a form that is quicker to read, such as a list instead of a set.");
    }

    /// <summary>The processor time of this thread, in ticks of <see cref="TimeSpan"/>; of a clock where the system cannot tell.</summary>
    private static long ThreadTime()
    {
        LibC.TimeSpec time;
        return OperatingSystem.IsLinux() && LibC.ClockGetTime(LibC.CLOCK_THREAD_CPUTIME_ID, &time) == 0
            ? (time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : Stopwatch.GetElapsedTime(0).Ticks;
    }
}
