using System.Diagnostics;

namespace Handler.Nodes;

/// <summary>
/// The thread of a worker that has nothing to do, lent to the caller of its last job: the caller's code goes on there at once, where waking another thread would take
/// longer than the job. A caller may keep it for as long as he likes: after <see cref="Limit"/> another thread takes over the worker.
/// </summary>
internal sealed class InlineContinuation
{
    /// <summary>For how long a worker is left without its thread, in Stopwatch ticks (ns). A timeout may be late by as much.</summary>
    public const long Limit = 2_000_000;

    /// <summary>A caller who does nothing but wait for his next job has given the thread back by then, in ns.</summary>
    private const long Moment = 50_000;

    /// <summary>Who has it for longer, in ns, does something of his own with it: the next ones go on on threads of the pool.</summary>
    public const long Brief = 200_000;

    [ThreadStatic]
    private static InlineContinuation? here;

    private long number;
    private long lent;
    private long since;

    /// <summary>Whether the thread has been with a caller for some time, and this is not that caller's code: better give another worker the next job.</summary>
    public bool IsKept => Volatile.Read(ref lent) != 0 && here != this && Stopwatch.GetTimestamp() - Volatile.Read(ref since) > Moment;

    /// <summary>The thread that calls this, the worker's own, is about to run a caller's code.</summary>
    /// <returns>The number of the loan, for <see cref="TryEnd"/>.</returns>
    public long Begin(long now)
    {
        Volatile.Write(ref since, now);
        Interlocked.Exchange(ref lent, ++number);
        here = this;
        return number;
    }

    /// <summary>The caller's code has returned.</summary>
    /// <returns>Whether the worker is still this thread's. If not, the thread must not touch it again.</returns>
    public bool TryEnd(long loan)
    {
        here = null;
        return Interlocked.CompareExchange(ref lent, 0, loan) == loan;
    }

    /// <summary>Takes the worker from a thread whose caller keeps it for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="next">When to look again; <see cref="long.MaxValue"/> when it has not been lent for a while.</param>
    /// <returns>Whether the worker needs another thread now.</returns>
    public bool TryTakeOver(long now, out long next)
    {
        // In this order: a loan's beginning is written before its number.
        var loan = Volatile.Read(ref lent);
        var end = Volatile.Read(ref since) + Limit;

        // Looked for also between two loans: whoever is lent a thread again and again need not wake the watchdog each time.
        next = end > now ? end : long.MaxValue;
        return loan != 0 && end <= now && Interlocked.CompareExchange(ref lent, 0, loan) == loan;
    }
}
