using System.Reflection;
using Handler.Platform;

namespace Handler.Guard;

/// <summary>Finds threads that neither the runtime nor the worker has started.</summary>
/// <param name="proc">Counts them.</param>
internal sealed class LeftThreads(ProcSelf proc)
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Threads that the runtime starts when they are first needed, by the names that the kernel shows (15 characters), and how many of each it has.</summary>
    private static readonly Dictionary<string, Func<int>> OfTheRuntime = new(StringComparer.Ordinal)
    {
        [".NET TP Worker"] = static () => ThreadPool.ThreadCount + EndingThreads,
        [".NET TP Gate"] = static () => 1,
        [".NET TP Wait"] = static () => CanCountWaits ? int.MaxValue : 0, // what they wait for is counted below
        [".NET Timer"] = static () => 1,
        [".NET Tiered Com"] = static () => 1,
        [SignalThread] = static () => 1,
        [".NET Sockets"] = static () => Environment.ProcessorCount,
        [".NET EventPipe"] = static () => 1,
        [Finalizers.ThreadName] = static () => 1,
    };

    /// <summary>The name of the thread with which the runtime handles signals, as the kernel shows it.</summary>
    public const string SignalThread = ".NET SigHandler";

    /// <summary>How many threads of the pool may be seen that it no longer counts.</summary>
    private const int EndingThreads = 4;

    private static readonly Type? Pool = typeof(ThreadPool).Assembly.GetType("System.Threading.PortableThreadPool");
    private static readonly FieldInfo? PoolInstance = Pool?.GetField("ThreadPoolInstance", Any);
    private static readonly FieldInfo? WaitThreads = Pool?.GetField("_waitThreadsHead", Any);
    private static readonly Type? WaitNode = Pool?.GetNestedType("WaitThreadNode", Any);
    private static readonly PropertyInfo? NodeThread = WaitNode?.GetProperty("Thread", Any);
    private static readonly PropertyInfo? NodeNext = WaitNode?.GetProperty("Next", Any);
    private static readonly FieldInfo? Waits = Pool?.GetNestedType("WaitThread", Any)?.GetField("_numUserWaits", Any);

    private readonly HashSet<int> fresh = [.. ProcEntries.Threads() ?? []];
    private int accepted = proc.ThreadCount();

    /// <summary>Whether the runtime had begun to handle signals as of the last look.</summary>
    public bool SignalsAreHandled { get; private set; } = ProcEntries.HasThread(SignalThread) == true;

    /// <summary>Whether this runtime's registered waits can be counted.</summary>
    public static bool CanCountWaits => PoolInstance is not null && WaitThreads is not null && NodeThread is not null && NodeNext is not null && Waits is not null;

    /// <returns>What was found, as the words of a message; <see langword="null"/> if nothing.</returns>
    public string? Find()
    {
        if (PoolWaits() > 0)
            return "a registered wait";
        var count = proc.ThreadCount();
        if (count <= accepted)
            return null;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        if (ProcEntries.Threads() is not { } threads)
            return "threads that cannot be listed";
        foreach (var thread in threads)
        {
            if (fresh.Contains(thread) || ProcEntries.ThreadName(thread) is not { } name)
                continue;
            SignalsAreHandled |= name == SignalThread;
            seen[name] = seen.GetValueOrDefault(name) + 1;
            if (!OfTheRuntime.TryGetValue(name, out var most) || seen[name] > most())
                return $"a thread (\"{name}\")";
        }

        accepted = count;
        return null;
    }

    /// <summary>How many handles the pool waits for on behalf of somebody (ThreadPool.RegisterWaitForSingleObject). Its threads stay for a while when there is none.</summary>
    private static int PoolWaits()
    {
        if (!CanCountWaits || PoolInstance!.GetValue(null) is not { } pool)
            return 0;
        var count = 0;
        for (var node = WaitThreads!.GetValue(pool); node is not null; node = NodeNext!.GetValue(node))
            count += (int)Waits!.GetValue(NodeThread!.GetValue(node))!;
        return count;
    }
}
