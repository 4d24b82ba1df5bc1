using System.Text;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The first life of a worker in namespaces: it gives up there what cannot be given up outside, and then replaces itself by the same
/// program, which is the worker. Giving up takes effect for one thread and what comes after it, so it must happen before a runtime that
/// runs jobs exists.
/// </summary>
internal static unsafe class NamespaceEntry
{
    /// <summary>The environment variable that tells a process to enter. The worker does not have it.</summary>
    public const string Variable = "HANDLER_ENTERS";

    private const int FirstOfWorker = 1; // standard output
    private const int BrokenPipe = 13; // SIGPIPE
    private const int SetMask = 2; // SIG_SETMASK
    private const int SignalSetSize = 128;
    private const int TaskLimit = 6; // RLIMIT_NPROC
    private const int CloseOnExec = 4; // CLOSE_RANGE_CLOEXEC

    /// <summary>Whether this process is to enter namespaces.</summary>
    public static bool IsDue => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Does not return if it succeeds.</summary>
    /// <returns>The exit code.</returns>
    public static int Run()
    {
        _ = SetSession(); // fails if it leads one already
        Span<int> descriptors = stackalloc int[EntrySocket.MostDescriptors];
        if (!EntrySocket.Announce(WorkerDescriptors.Entry))
            return WorkerExitCodes.Dismissed;
        var count = EntrySocket.Receive(WorkerDescriptors.Entry, out var orders, descriptors);
        const int OfWorker = WorkerDescriptors.End - FirstOfWorker;
        if (count != OfWorker + 2 + (orders.HasRules != 0 ? 1 : 0))
            return WorkerExitCodes.Dismissed;
        Report(descriptors[OfWorker], Enter(orders, descriptors[..OfWorker], descriptors[OfWorker + 1], descriptors[count - 1]));
        return WorkerExitCodes.SetupFailed;
    }

    /// <returns>What failed.</returns>
    private static string Enter(EntryOrders orders, ReadOnlySpan<int> ofWorker, int environment, int rules)
    {
        for (var i = 0; i < ofWorker.Length; i++)
        {
            if (Duplicate(ofWorker[i], FirstOfWorker + i) < 0)
                return $"moving a descriptor failed: {LastError()}";
        }

        // Later, files may be restricted.
        var variables = ReadFile(environment);
        if (orders.TurnLoopbackOn != 0 && NetworkNamespace.TurnLoopbackOn() is { } why)
            return why;
        if (orders.MaxTasks != 0 && !TryLimitTasks((ulong)orders.MaxTasks))
            return $"limiting processes and threads (MaxTasks) failed: {LastError()}";
        if ((orders.DropCapabilities != 0 || GetEffectiveUser() != 0) && !TryDropCapabilities())
            return $"dropping capabilities failed: {LastError()}";
        if (orders.HasRules != 0 && Landlock.Apply(rules, orders.ProcRights) is { } refused)
            return refused;
        return BecomeWorker(variables);
    }

    private static bool TryLimitTasks(ulong tasks)
    {
        RLimit limit;
        if (GetRLimit(TaskLimit, &limit) != 0)
            return false;
        limit.Hard = Math.Min(limit.Hard, tasks);
        limit.Soft = Math.Min(limit.Soft, limit.Hard);
        return SetRLimit(TaskLimit, &limit) == 0;
    }

    private static bool TryDropCapabilities()
    {
        Capabilities.DropBounding();
        return Capabilities.Drop();
    }

    /// <summary>Leaves nothing of this runtime to the next: its descriptors close, and its settings of signals are undone.</summary>
    private static string BecomeWorker(byte[] environment)
    {
        var path = new FileInfo("/proc/self/exe").LinkTarget;
        if (path is null)
            return "the path of the program cannot be read";
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        _ = Signal(BrokenPipe, null);
        var mask = stackalloc byte[SignalSetSize];
        new Span<byte>(mask, SignalSetSize).Clear();
        *(ulong*)mask = StopSignals.Set;
        _ = SignalMask(SetMask, mask, null);
        fixed (byte* argument = arguments, variable = environment, program = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var argv = Pointers(argument, arguments.Length);
            var envp = Pointers(variable, environment.Length);
            fixed (nint* argvStart = argv, envpStart = envp)
            {
                if (SysCall(SystemCallNumbers.CloseRange, WorkerDescriptors.End, int.MaxValue, CloseOnExec, 0) != 0)
                    return $"closing descriptors failed: {LastError()}";
                _ = Execute(program, (byte**)argvStart, (byte**)envpStart);
            }
        }

        return $"starting {path} failed: {LastError()}";
    }

    private static byte[] ReadFile(int file)
    {
        var content = new byte[Seek(file, 0, 2)];
        fixed (byte* start = content)
            _ = PRead(file, start, content.Length, 0);
        return content;
    }

    /// <summary>Where the texts in a block start, and a null at the end.</summary>
    private static nint[] Pointers(byte* block, int length)
    {
        var pointers = new List<nint>();
        for (var at = 0; at < length; at += new ReadOnlySpan<byte>(block + at, length - at).IndexOf((byte)0) + 1)
            pointers.Add((nint)(block + at));
        return [.. pointers, 0];
    }

    private static void Report(int report, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* first = bytes)
            _ = Descriptor.WriteAll(report, first, bytes.Length);
    }
}
