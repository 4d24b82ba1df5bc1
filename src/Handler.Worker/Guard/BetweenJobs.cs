using Handler.Platform;

namespace Handler.Guard;

/// <summary>
/// What is done after each job so that the next one finds a fresh thread and a fresh process: what can be put back is put back, and for the rest the worker is replaced. What is neither is in
/// one table: docs/limits.md, "What a worker keeps".
/// </summary>
/// <remarks>Made on the thread that runs the jobs, before the first of them: the state of then is the fresh one.</remarks>
/// <param name="proc">Counts threads and descriptors.</param>
/// <param name="guard">Sets the collector's limit.</param>
/// <param name="sessionNiceness">What the niceness of the worker's session is set to; 0 where it is left as it is.</param>
internal sealed class BetweenJobs(ProcSelf proc, MemoryGuard guard, int sessionNiceness)
{
    /// <summary>Starting a thread or a process and opening a file take longer than this, so a shorter job cannot have left one; in Stopwatch ticks (ns).</summary>
    public const long Brief = 30_000;

    /// <summary>
    /// After a job that ran longer than this, in ns, everything is looked at, which takes some tens of microseconds. Code that runs for the first time takes that long to be compiled.
    /// </summary>
    private const long Long = 250_000;

    /// <summary>After a job that ran longer than this, in ns, its finalizers are run, where there are any of the application: that takes some hundred microseconds.</summary>
    private const long LongEnoughToCollect = 1_000_000;

    private readonly FreshThread thread = new();
    private readonly Surroundings surroundings = new();
    private readonly Leftovers leftovers = new(proc, guard, sessionNiceness);
    private readonly NativeSettings settings = new();

    public Finalizers Finalizers => leftovers.Finalizers;

    /// <summary>The function has ended and its time still runs: drops its execution context.</summary>
    public void EndContext() => thread.RestoreContext();

    /// <summary>Puts back what takes nanoseconds to look at.</summary>
    /// <param name="ran">How long the job ran, in ns.</param>
    public void Restore(long ran)
    {
        if (ran > Brief)
            FreshThread.TakeInterruption();
        thread.Restore();
        Finalizers.JobEnded();
    }

    /// <summary>Whether a <see cref="Look"/> is due.</summary>
    /// <param name="ran">How long the job ran, in ns.</param>
    /// <param name="isNew">Whether its function ran for the first time in this process.</param>
    public bool IsLookDue(long ran, bool isNew) => ran > Brief || isNew || surroundings.Alert || leftovers.Suspects();

    /// <summary>Runs one part of a <see cref="Look"/> before the first job, so that the runtime has compiled and loaded the code by then.</summary>
    /// <param name="part">0 to 2. They take about 2, 9 and 18 ms in a fresh worker.</param>
    public void Rehearse(int part)
    {
        switch (part)
        {
            case 0:
                surroundings.Restore();
                surroundings.RestoreVariables();
                settings.Restore();
                break;
            case 1:
                _ = Finalizers.Exist();
                break;
            case 2:
                _ = leftovers.Suspects();
                _ = leftovers.Find(thorough: true);
                break;
        }
    }

    /// <summary>Puts back what takes microseconds to look at, and looks for what is left.</summary>
    /// <returns>Whether something seems to be left: see <see cref="Confirm"/>.</returns>
    public bool Look(long ran, bool isNew)
    {
        var thorough = IsThorough(ran, isNew);
        surroundings.Restore();
        if (thorough || surroundings.Alert)
            surroundings.RestoreVariables();
        if (thorough)
            settings.Restore();
        if ((isNew || ran > LongEnoughToCollect) && Finalizers.Exist() && !Finalizers.Run(all: false))
            return true;
        return leftovers.Find(thorough) is not null;
    }

    /// <summary>Gives what is just ending a few milliseconds.</summary>
    /// <returns>What is left, as the words behind the function's name in a message; <see langword="null"/> if nothing.</returns>
    public string? Confirm(long ran, bool isNew) => leftovers.Confirm(IsThorough(ran, isNew));

    private static bool IsThorough(long ran, bool isNew) => isNew || ran > Long;
}
