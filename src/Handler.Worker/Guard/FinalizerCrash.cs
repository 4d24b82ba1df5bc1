using Handler.Wire;

namespace Handler.Guard;

/// <summary>
/// Says to the node when a finalizer ends the process and may be one of an object that an earlier job has dropped: the running job is not to be blamed for it.
/// </summary>
/// <param name="page">Where it is said.</param>
/// <param name="finalizers">Tells whether there may be such an object.</param>
/// <param name="running">The running job's attempt; 0 if there is none.</param>
internal sealed unsafe class FinalizerCrash(SharedPage* page, Finalizers finalizers, Func<long> running)
{
    /// <summary>Begins to watch.</summary>
    public void Watch() => AppDomain.CurrentDomain.UnhandledException += (_, _) =>
    {
        if (finalizers.AreDue && IsFinalizerThread())
            Volatile.Write(ref page->ForeignCrash, running());
    };

    private static bool IsFinalizerThread()
    {
        try
        {
            return File.ReadAllText("/proc/thread-self/comm").StartsWith(Finalizers.RuntimeThreadName, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
