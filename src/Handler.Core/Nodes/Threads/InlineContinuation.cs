using System.Diagnostics;

namespace Handler.Nodes;

/// <summary>
/// Runs the continuation of a job's caller inline on the thread of the worker that ran the job, if the worker has nothing else to do. Waking
/// another thread would take longer than the job. The continuation may run for any time: after <see cref="Limit"/> another thread takes over
/// the worker.
/// </summary>
internal sealed class InlineContinuation
{
    /// <summary>How long a worker is left without its thread, in Stopwatch ticks (ns). A timeout may be late by as much.</summary>
    public const long Limit = 2_000_000;

    /// <summary>A continuation that only submits the next job and waits for it has returned within this time, in ns.</summary>
    private const long Moment = 50_000;

    /// <summary>
    /// A continuation that runs for longer, in ns, does real work: for a while, later continuations run on the thread pool.
    /// </summary>
    public const long Brief = 200_000;

    [ThreadStatic]
    private static InlineContinuation? here;

    private long number;
    private long lent;
    private long since;

    /// <summary>
    /// Whether a continuation has kept the thread for some time, and the calling code is not that continuation. The next job should go to
    /// another worker.
    /// </summary>
    public bool IsKept => Volatile.Read(ref lent) != 0 && here != this && Stopwatch.GetTimestamp() - Volatile.Read(ref since) > Moment;

    /// <summary>Called on the worker's own thread before it runs a caller's code.</summary>
    /// <returns>The number of the continuation, for <see cref="TryEnd"/>.</returns>
    public long Begin(long now)
    {
        Volatile.Write(ref since, now);
        Interlocked.Exchange(ref lent, ++number);
        here = this;
        return number;
    }

    /// <summary>Called when the caller's code has returned.</summary>
    /// <returns>Whether the worker still belongs to this thread. If not, the thread must not touch it again.</returns>
    public bool TryEnd(long loan)
    {
        here = null;
        return Interlocked.CompareExchange(ref lent, 0, loan) == loan;
    }

    /// <summary>Takes the worker from its thread if a continuation has kept the thread for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="next">When to look again; <see cref="long.MaxValue"/> if no continuation began lately.</param>
    /// <returns>Whether the worker needs another thread now.</returns>
    public bool TryTakeOver(long now, out long next)
    {
        // Read in this order, because Begin writes the time before the number.
        var loan = Volatile.Read(ref lent);
        var end = Volatile.Read(ref since) + Limit;

        // Also set between two continuations, so that frequent continuations need not wake the watchdog each time.
        next = end > now ? end : long.MaxValue;
        return loan != 0 && end <= now && Interlocked.CompareExchange(ref lent, 0, loan) == loan;
    }
}
