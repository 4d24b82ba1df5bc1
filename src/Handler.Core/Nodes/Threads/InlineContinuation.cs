using System.Diagnostics;
using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Runs the continuation of a job's caller inline on the thread of the worker that ran the job, if the worker has nothing else to do.
/// Waking another thread would take longer than the job. The continuation may run for any time: after <see cref="Tuning.Inline.Limit"/>
/// another thread takes over the worker. One per worker; its thread calls <see cref="Begin"/> before the caller's code runs and
/// <see cref="TryEnd"/> after it returned, and the watchdog calls <see cref="TryTakeOver"/>. Needs no lock.
/// </summary>
/// <param name="all">The inline continuations of the node.</param>
internal sealed class InlineContinuation(InlineContinuations all)
{
    [ThreadStatic]
    private static InlineContinuation? here;

    private long number;
    private long running;
    private long since;

    /// <summary>
    /// Whether a continuation has kept the thread for some time, and the calling code is not that continuation. The next job should go to
    /// another worker.
    /// </summary>
    public bool IsKept
        => Volatile.Read(ref running) != 0 && here != this && Stopwatch.GetTimestamp() - Volatile.Read(ref since) > Tuning.Inline.Moment;

    /// <summary>Called on the worker's own thread before it runs a caller's code.</summary>
    /// <returns>The number of the continuation, for <see cref="TryEnd"/>.</returns>
    public long Begin(long now)
    {
        Volatile.Write(ref since, now);
        Interlocked.Exchange(ref running, ++number);
        here = this;
        all.Watch(now); // after the number is set: the watchdog may be checking at this moment, and must not miss it
        return number;
    }

    /// <summary>Called when the caller's code has returned.</summary>
    /// <returns>Whether the worker still belongs to this thread. If not, the thread must not touch it again.</returns>
    public bool TryEnd(long begun)
    {
        here = null;
        if (Interlocked.CompareExchange(ref running, 0, begun) != begun)
            return false;
        RestoreThread();
        if (Stopwatch.GetTimestamp() - since > Tuning.Inline.Brief)
            all.Pause(since, Tuning.Inline.ShortPause);
        return true;
    }

    /// <summary>Takes the worker from its thread if a continuation has kept the thread for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="next">When to look again; <see cref="long.MaxValue"/> if no continuation began lately.</param>
    /// <returns>Whether the worker needs another thread now.</returns>
    public bool TryTakeOver(long now, out long next)
    {
        // Read in this order, because Begin writes the time before the number.
        var begun = Volatile.Read(ref running);
        var end = Volatile.Read(ref since) + Tuning.Inline.Limit;

        // Also set between two continuations, so that frequent continuations need not wake the watchdog each time.
        next = end > now ? end : long.MaxValue;
        if (begun == 0 || end > now || Interlocked.CompareExchange(ref running, 0, begun) != begun)
            return false;
        all.Pause(now, Tuning.Inline.Pause);
        return true;
    }

    /// <summary>As on a thread-pool thread, what one caller sets on the thread does not reach the next.</summary>
    private static void RestoreThread()
    {
        var thread = Thread.CurrentThread;
        if (thread.Priority != ThreadPriority.Normal)
            thread.Priority = ThreadPriority.Normal;
        if (!thread.IsBackground)
            thread.IsBackground = true;
    }
}
