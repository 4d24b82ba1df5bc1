namespace Handler.Abuse;

/// <summary>
/// The runtime's own threads. If the system refuses one of them, the runtime ends the process, with or without Handler. A scenario in which
/// threads are refused makes the thread pool start its threads first; the tests turn the compiler's own thread off.
/// </summary>
internal static class RuntimeThreads
{
    private const int Count = 8;

    /// <summary>Turns the compiler's own thread off in workers too.</summary>
    public static void Spare(HandlerOptions options) => options.WorkerEnvironment["DOTNET_TieredCompilation"] = "0";

    /// <summary>Makes the thread pool start threads, which it keeps for 20 s.</summary>
    public static void Start()
    {
        ThreadPool.SetMinThreads(Count, Count);
        using var all = new Barrier(Count + 1);
        for (var i = 0; i < Count; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static all => all.SignalAndWait(), all, preferLocal: false);
        all.SignalAndWait();
    }
}
