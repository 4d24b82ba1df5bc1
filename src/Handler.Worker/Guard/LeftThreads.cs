using System.Diagnostics;
using System.Reflection;
using Handler.Platform;

namespace Handler.Guard;

/// <summary>Finds threads that neither the runtime nor the worker has started.</summary>
/// <param name="proc">Counts them.</param>
internal sealed class LeftThreads(ProcSelf proc)
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>
    /// Threads that the runtime starts when they are first needed, by the names that the kernel shows (15 characters), and how many of each there are by the runtime's own state: a job can
    /// give any name to its threads. Those that are just ending are no longer counted, which <see cref="Leftovers.Confirm"/> allows for.
    /// </summary>
    private static readonly Dictionary<string, Func<int>> OfTheRuntime = new(StringComparer.Ordinal)
    {
        [".NET TP Worker"] = static () => ThreadPool.ThreadCount,
        [".NET TP Gate"] = GateThreads,
        [".NET TP Wait"] = static () => CountWaits().Threads,
        [".NET Timer"] = static () => ScheduledTimers?.GetValue(null) is null ? 0 : 1,
        [".NET Tiered Com"] = static () => 1, // native code of the runtime starts it, and nothing else tells of it
        [SignalThread] = static () => HandlesSignals() ? 1 : 0,
        [".NET Sockets"] = LeftDescriptors.Polls, // each of them polls one descriptor
        [Finalizers.ThreadName] = static () => 1,
    };

    /// <summary>The name of the thread with which the runtime handles signals, as the kernel shows it.</summary>
    private const string SignalThread = ".NET SigHandler";

    /// <summary>Threads of the runtime end when they have been idle for some seconds, so as many as before need not be the same. In Stopwatch ticks (ns).</summary>
    private const long ListAgainAfter = 1_000_000_000;

    private static readonly Type? Pool = typeof(ThreadPool).Assembly.GetType("System.Threading.PortableThreadPool");
    private static readonly FieldInfo? PoolInstance = Pool?.GetField("ThreadPoolInstance", Any);
    private static readonly FieldInfo? WaitThreads = Pool?.GetField("_waitThreadsHead", Any);
    private static readonly Type? WaitNode = Pool?.GetNestedType("WaitThreadNode", Any);
    private static readonly PropertyInfo? NodeThread = WaitNode?.GetProperty("Thread", Any);
    private static readonly PropertyInfo? NodeNext = WaitNode?.GetProperty("Next", Any);
    private static readonly FieldInfo? ScheduledTimers = typeof(Timer).Assembly.GetType("System.Threading.TimerQueue")?.GetField("s_scheduledTimers", Any);
    private static readonly FieldInfo? PoolState = Pool?.GetField("_separated", Any);
    private static readonly FieldInfo? GateState = PoolState?.FieldType.GetField("gateThreadRunningState", Any);
    private static readonly FieldInfo? Waits = Pool?.GetNestedType("WaitThread", Any)?.GetField("_numUserWaits", Any);

    private static bool CanCountWaits => PoolInstance is not null && WaitThreads is not null && NodeThread is not null && NodeNext is not null && Waits is not null;

    /// <summary>The threads that were last found to be in order, with their names.</summary>
    private Dictionary<int, string> known = Named(ProcEntries.Threads() ?? [], []);
    private long listed = Stopwatch.GetTimestamp();

    /// <summary>Whether the runtime had begun to handle signals as of the last look.</summary>
    public bool SignalsAreHandled { get; private set; } = HandlesSignals();

    /// <summary>Names of fields that this runtime does not have.</summary>
    public static IEnumerable<string> Unknown()
    {
        if (!CanCountWaits)
            yield return "the waits of PortableThreadPool";
        if (GateState is null)
            yield return "PortableThreadPool._separated.gateThreadRunningState";
        if (ScheduledTimers is null)
            yield return "TimerQueue.s_scheduledTimers";
    }

    /// <summary>
    /// Whether the runtime has begun to handle signals, with a thread and a pipe of its own: from then on it handles SIGCONT, whatever it was asked for, unless that was ignored.
    /// </summary>
    public static unsafe bool HandlesSignals()
    {
        LibC.SigAction action;
        return LibC.GetSigAction(LibC.SIGCONT, null, &action) != 0 || action.Handler != 0;
    }

    /// <param name="thorough">Whether to list the threads even where their number is the same.</param>
    /// <returns>What was found, as the words of a message; <see langword="null"/> if nothing.</returns>
    public string? Find(bool thorough)
    {
        if (CountWaits().Waits > 0)
            return "a registered wait";
        var count = proc.ThreadCount();
        var now = Stopwatch.GetTimestamp();
        if (count == 0 || (count == known.Count && !thorough && now - listed < ListAgainAfter))
            return null;
        if (ProcEntries.Threads() is not { } threads)
            return count > known.Count ? "threads that cannot be listed" : null;
        if (threads.Count != known.Count || !threads.TrueForAll(known.ContainsKey))
        {
            SignalsAreHandled = HandlesSignals();
            var present = Named(threads, known);
            foreach (var (thread, name) in present)
            {
                if (!known.ContainsKey(thread) && !IsOfTheRuntime(name, present))
                    return $"a thread (\"{name}\")";
            }

            known = present;
        }

        listed = now;
        return null;
    }

    private static bool IsOfTheRuntime(string name, Dictionary<int, string> present)
        => OfTheRuntime.TryGetValue(name, out var most) && present.Values.Count(each => each == name) <= most();

    /// <summary>Without those that have ended meanwhile.</summary>
    private static Dictionary<int, string> Named(List<int> threads, Dictionary<int, string> known)
    {
        var named = new Dictionary<int, string>(threads.Count);
        foreach (var thread in threads)
        {
            if ((known.GetValueOrDefault(thread) ?? ProcEntries.ThreadName(thread)) is { } name)
                named[thread] = name;
        }

        return named;
    }

    /// <summary>The thread that adds threads to the pool. It ends when the pool is idle.</summary>
    private static int GateThreads() => PoolInstance?.GetValue(null) is { } pool && PoolState?.GetValue(pool) is { } state && GateState?.GetValue(state) is int and not 0 ? 1 : 0;

    /// <summary>
    /// How many handles the pool waits for on behalf of somebody (ThreadPool.RegisterWaitForSingleObject), and with how many threads. These stay for a while when there is no handle.
    /// </summary>
    private static (int Threads, int Waits) CountWaits()
    {
        var (threads, waits) = (0, 0);
        if (!CanCountWaits || PoolInstance!.GetValue(null) is not { } pool)
            return (threads, waits);
        for (var node = WaitThreads!.GetValue(pool); node is not null; node = NodeNext!.GetValue(node), threads++)
            waits += (int)Waits!.GetValue(NodeThread!.GetValue(node))!;
        return (threads, waits);
    }
}
