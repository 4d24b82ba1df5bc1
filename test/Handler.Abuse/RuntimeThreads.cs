namespace Handler.Abuse;

/// <summary>
/// The threads of the runtime itself. Where the system refuses one of them the runtime ends the process, with or without Handler. A scenario that has threads refused
/// sees to it that the pool has its threads before; the tests turn the compiler's own thread off.
/// </summary>
internal static class RuntimeThreads
{
    private const int Count = 8;

    /// <summary>The same for the compiler of workers: it has no thread of its own there.</summary>
    public static void Spare(HandlerOptions options) => options.WorkerEnvironment["DOTNET_TieredCompilation"] = "0";

    /// <summary>Has the thread pool start threads, which it keeps for 20 s.</summary>
    public static void Start()
    {
        ThreadPool.SetMinThreads(Count, Count);
        using var all = new Barrier(Count + 1);
        for (var i = 0; i < Count; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static all => all.SignalAndWait(), all, preferLocal: false);
        all.SignalAndWait();
    }
}
