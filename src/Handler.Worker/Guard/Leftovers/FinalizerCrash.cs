using Handler.Wire;

namespace Handler.Guard;

/// <summary>
/// Tells the node when a finalizer crashes the process and may belong to an object that an earlier job dropped, so that the running job is
/// not blamed.
/// </summary>
/// <param name="page">The page that carries the message.</param>
/// <param name="finalizers">Tells whether such an object may exist.</param>
/// <param name="running">Returns the attempt of the running job; 0 if none runs.</param>
internal sealed unsafe class FinalizerCrash(SharedPage* page, Finalizers finalizers, Func<long> running)
{
    /// <summary>Starts watching.</summary>
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
