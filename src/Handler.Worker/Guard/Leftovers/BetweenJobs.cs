using Handler.Platform;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// The work done after each job so that the next one finds a fresh thread and a fresh process. State that can be restored is restored; for
/// other state the worker is replaced. State that is neither restored nor detected is listed in docs/limits.md, "What a worker keeps".
/// </summary>
/// <remarks>Created on the thread that runs the jobs, before the first job: the state at that time is the fresh state.</remarks>
/// <param name="proc">Counts threads and descriptors.</param>
/// <param name="guard">Sets the GC's limit.</param>
/// <param name="sessionNiceness">The niceness that the worker's session is set to; 0 if it is left unchanged.</param>
internal sealed class BetweenJobs(ProcSelf proc, MemoryGuard guard, int sessionNiceness)
{
    private readonly FreshThread thread = new();
    private readonly Surroundings surroundings = new();
    private readonly Leftovers leftovers = new(proc, guard, sessionNiceness);
    private readonly NativeSettings settings = new();

    public Finalizers Finalizers => leftovers.Finalizers;

    /// <summary>Drops the execution context of a function that has returned, while the job's time limit still applies.</summary>
    public void EndContext() => thread.RestoreContext();

    /// <summary>Restores the state that takes nanoseconds to check.</summary>
    /// <param name="ran">How long the job ran, in ns.</param>
    public void Restore(long ran)
    {
        if (ran > BriefRun)
            FreshThread.TakeInterruption();
        thread.Restore();
        Finalizers.JobEnded();
    }

    /// <summary>Whether a <see cref="Look"/> is due.</summary>
    /// <param name="ran">How long the job ran, in ns.</param>
    /// <param name="isNew">Whether its function ran for the first time in this process.</param>
    public bool IsLookDue(long ran, bool isNew) => ran > BriefRun || isNew || surroundings.Alert || leftovers.Suspects();

    /// <summary>
    /// Runs one part of a <see cref="Look"/> before the first job, so that the runtime has already compiled and loaded the code.
    /// </summary>
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

    /// <summary>Restores the state that takes microseconds to check, and looks for leftovers.</summary>
    /// <returns>Whether something seems to be left behind: see <see cref="Confirm"/>.</returns>
    public bool Look(long ran, bool isNew)
    {
        var thorough = IsThorough(ran, isNew);
        surroundings.Restore();
        if (thorough || surroundings.Alert)
            surroundings.RestoreVariables();
        if (thorough)
            settings.Restore();
        if ((isNew || ran > RunToCollect) && Finalizers.Exist() && !Finalizers.Run(all: false))
            return true;
        return leftovers.Find(thorough) is not null;
    }

    /// <summary>Allows a few milliseconds for work that is about to end.</summary>
    /// <returns>The leftovers, as the words that follow the function's name in a message; <see langword="null"/> if there are
    /// none.</returns>
    public string? Confirm(long ran, bool isNew) => leftovers.Confirm(IsThorough(ran, isNew));

    private static bool IsThorough(long ran, bool isNew) => isNew || ran > LongRun;
}
