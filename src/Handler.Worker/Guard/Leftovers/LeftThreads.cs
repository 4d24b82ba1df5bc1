using System.Diagnostics;
using System.Reflection;
using Handler.Platform;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>Finds threads that neither the runtime nor the worker started.</summary>
/// <param name="proc">Counts them.</param>
internal sealed class LeftThreads(ProcSelf proc)
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>
    /// Threads that the runtime starts on demand, by the names that the kernel shows (15 characters), and the number of each according to
    /// the runtime's own state, because a job can give its threads any name. Threads that are about to end are no longer counted, which
    /// <see cref="Leftovers.Confirm"/> allows for.
    /// </summary>
    private static readonly Dictionary<string, Func<int>> OfTheRuntime = new(StringComparer.Ordinal)
    {
        [".NET TP Worker"] = static () => ThreadPool.ThreadCount,
        [".NET TP Gate"] = GateThreads,
        [".NET TP Wait"] = static () => CountWaits().Threads,
        [".NET Timer"] = static () => ScheduledTimers?.GetValue(null) is null ? 0 : 1,
        [".NET Tiered Com"] = static () => 1, // the runtime's native code starts it, and nothing else reports it
        [SignalThread] = static () => HandlesSignals() ? 1 : 0,
        [".NET Sockets"] = LeftDescriptors.Polls, // each of them polls one descriptor
        [Finalizers.ThreadName] = static () => 1,
    };

    /// <summary>The kernel's name for the thread with which the runtime handles signals.</summary>
    private const string SignalThread = ".NET SigHandler";

    private static readonly Type? Pool = typeof(ThreadPool).Assembly.GetType("System.Threading.PortableThreadPool");
    private static readonly FieldInfo? PoolInstance = Pool?.GetField("ThreadPoolInstance", Any);
    private static readonly FieldInfo? WaitThreads = Pool?.GetField("_waitThreadsHead", Any);
    private static readonly Type? WaitNode = Pool?.GetNestedType("WaitThreadNode", Any);
    private static readonly PropertyInfo? NodeThread = WaitNode?.GetProperty("Thread", Any);
    private static readonly PropertyInfo? NodeNext = WaitNode?.GetProperty("Next", Any);
    private static readonly FieldInfo? ScheduledTimers = typeof(Timer)
        .Assembly.GetType("System.Threading.TimerQueue")
        ?.GetField("s_scheduledTimers", Any);
    private static readonly FieldInfo? PoolState = Pool?.GetField("_separated", Any);
    private static readonly FieldInfo? GateState = PoolState?.FieldType.GetField("gateThreadRunningState", Any);
    private static readonly FieldInfo? Waits = Pool?.GetNestedType("WaitThread", Any)?.GetField("_numUserWaits", Any);

    private static bool CanCountWaits
        => PoolInstance is not null && WaitThreads is not null && NodeThread is not null && NodeNext is not null && Waits is not null;

    /// <summary>The threads that were last accepted, with their names.</summary>
    private Dictionary<int, string> known = Named(ProcEntries.Threads() ?? [], []);
    private long listed = Stopwatch.GetTimestamp();

    /// <summary>The threads of a fresh process that no state of the runtime accounts for; only used if threads lack names.</summary>
    private readonly int unaccounted = Finalizers.NamesAreMissing ? proc.ThreadCount() - RuntimeThreads() : 0;

    /// <summary>Whether the runtime handled signals as of the last check.</summary>
    public bool SignalsAreHandled { get; private set; } = HandlesSignals();

    /// <summary>The names of fields that this runtime does not have.</summary>
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
    /// Whether the runtime has begun to handle signals, for which it has its own thread and pipe. From then on it handles SIGCONT,
    /// regardless of the signal that it was asked to handle, unless SIGCONT was ignored.
    /// </summary>
    public static unsafe bool HandlesSignals()
    {
        LibC.SigAction action;
        return LibC.GetSigAction(LibC.SIGCONT, null, &action) != 0 || action.Handler != 0;
    }

    /// <param name="thorough">Whether to list the threads even if their number is unchanged.</param>
    /// <returns>The finding, as the words of a message; <see langword="null"/> if there is none.</returns>
    public string? Find(bool thorough)
    {
        if (CountWaits().Waits > 0)
            return "a registered wait";
        var count = proc.ThreadCount();
        var now = Stopwatch.GetTimestamp();
        if (count == 0 || (count == known.Count && !thorough && now - listed < ThreadListInterval))
            return null;
        if (Finalizers.NamesAreMissing)
        {
            SignalsAreHandled = HandlesSignals();
            listed = now;
            return count - RuntimeThreads() > unaccounted ? "a thread" : null;
        }

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

    /// <summary>The number of the runtime's threads according to its own state.</summary>
    private static int RuntimeThreads() => OfTheRuntime.Values.Sum(static most => most());

    private static bool IsOfTheRuntime(string name, Dictionary<int, string> present)
        => OfTheRuntime.TryGetValue(name, out var most) && present.Values.Count(each => each == name) <= most();

    /// <summary>Leaves out threads that have ended in the meantime.</summary>
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

    /// <summary>The thread that adds threads to the thread pool. It ends when the thread pool is idle.</summary>
    private static int GateThreads()
        => PoolInstance?.GetValue(null) is { } pool && PoolState?.GetValue(pool) is { } state && GateState?.GetValue(state) is int and not 0
            ? 1
            : 0;

    /// <summary>
    /// The number of handles that the thread pool waits for on behalf of callers (ThreadPool.RegisterWaitForSingleObject), and the number
    /// of threads that do so. These threads stay for a while after the last handle.
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
