using System.Diagnostics;
using Handler.Platform;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// Finds what a job left behind in its worker: work that continues, code that would be called later, descriptors, settings that cannot be
/// restored. A job that has returned must not keep working, and the next job must not pay for it.
/// </summary>
/// <param name="proc">Counts threads and descriptors.</param>
/// <param name="guard">Sets the GC's limit.</param>
/// <param name="sessionNiceness">The niceness that the worker's session is set to; 0 if it is left unchanged.</param>
internal sealed class Leftovers(ProcSelf proc, MemoryGuard guard, int sessionNiceness)
{
    private readonly LeftHandlers handlers = new();
    private readonly LeftAtExit atExit = new();
    private readonly Finalizers finalizers = new(); // before the threads are counted, because it starts one
    private readonly LeftThreads threads = new(proc);
    private readonly NativeState native = new(sessionNiceness);
    private readonly LeftDescriptors descriptors = new(proc);
    private readonly FailedInitializers initializers = new();

    public Finalizers Finalizers => finalizers;

    /// <summary>Whether something seems to be left behind, according to a check of some tens of nanoseconds.</summary>
    public bool Suspects()
        => LeftTimers.Find() is not null
            || (ThreadPool.ThreadCount > 0 && (ThreadPool.PendingWorkItemCount > 0 || BusyPoolThreads() > 0))
            || handlers.Suspects()
            || LeftAtExit.Suspects()
            || initializers.Any
            || !FloatingPoint.RoundsAsUsual();

    /// <summary>
    /// What is left behind now, as the words that follow the function's name in a message; <see langword="null"/> if nothing. It may be
    /// about to end: see <see cref="Confirm"/>.
    /// </summary>
    /// <param name="thorough">Whether to check what only native code can change as well.</param>
    public string? Find(bool thorough)
    {
        if (Finalizers.AreStuck)
            return Left("a finalizer that does not end");
        if (FindWork() is { } work)
            return Left(work);
        if (initializers.Find() is { } failed)
            return $"cannot be undone: {failed}";
        if (!FloatingPoint.RoundsAsUsual() || !FloatingPoint.KeepsSmallNumbers())
            return "changed how the processor rounds";
        if (!guard.RestoreLimit())
            return "changed the GC's limit";
        var thread = threads.Find(thorough); // first, because it also determines whether the runtime handles signals
        var found = handlers.Find(threads.SignalsAreHandled)
            ?? atExit.Find()
            ?? (ProcSelf.HasChildren() ? "a child process" : null)
            ?? thread
            ?? descriptors.Find();
        if (found is not null)
            return Left(found);
        return thorough && native.Changed() is { } changed ? $"changed the state of its process ({changed})" : null;
    }

    /// <summary>Waits a few milliseconds, longer where processors are scarce, for work that is about to end.</summary>
    /// <returns>What stays behind, or <see langword="null"/>.</returns>
    public string? Confirm(bool thorough)
    {
        var since = Stopwatch.GetTimestamp();
        var collectedAfter = -1;
        for (var slept = 0; ;)
        {
            var found = Find(thorough);
            if (found is null || (slept >= GraceChecks && Stopwatch.GetElapsedTime(since).TotalMilliseconds > GraceMilliseconds))
                return found;
            if (collectedAfter != slept && descriptors.Suspects())
            {
                // Descriptors that the job only forgot to close are closed by a collection. Work that is about to end may still reference
                // them, so this is done after each wait.
                collectedAfter = slept;
                _ = Finalizers.Run(all: true);
            }
            else if (Stopwatch.GetElapsedTime(since).TotalMilliseconds < 0.05)
            {
                Thread.SpinWait(20);
            }
            else
            {
                Thread.Sleep(1);
                slept++;
            }
        }
    }

    /// <summary>
    /// Work moves in a circle: a timer queues it, a thread-pool thread runs it, and it may start the next timer. The checks follow this
    /// order. Work that has gone all the way around in the meantime shows in the count of completed work items.
    /// </summary>
    private static string? FindWork()
    {
        var completed = ThreadPool.CompletedWorkItemCount;
        if (LeftTimers.Find() is { } timer)
            return timer;
        if (ThreadPool.PendingWorkItemCount > 0)
            return "queued work";
        return BusyPoolThreads() > 0 || ThreadPool.CompletedWorkItemCount != completed ? "running work on the thread pool" : null;
    }

    private static string Left(string what) => $"left {what} behind";

    private static int BusyPoolThreads()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }
}
