using System.Runtime.InteropServices;
using System.Text;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// A node's side of a worker's way into its namespaces. The new process announces itself and waits; the node takes its process id, ties it,
/// and sends the orders with the worker's descriptors. See <see cref="NamespaceEntry"/> for the other side.
/// </summary>
internal sealed unsafe class WorkerEntry : IDisposable
{
    private readonly LaunchRights rights;
    private readonly int environment; // a shell adds to an environment, and drops some names, so it has its own way to the worker
    private readonly int socket;
    private readonly int socketOfWorker;
    private readonly int endOfFirst;
    private readonly int textOfPrograms;
    private readonly int report;
    private readonly int reportOfWorker;
    private readonly LandlockRules? rules;

    /// <param name="command">How the worker is started.</param>
    /// <param name="descriptors">The descriptors of its start.</param>
    public WorkerEntry(WorkerCommand command, NewDescriptors descriptors)
    {
        rights = command.Rights;
        environment = descriptors.FileOf(Encoding.UTF8.GetBytes(string.Concat(command.Environment.Select(static each => each + '\0'))));
        (socket, socketOfWorker) = descriptors.Socket();
        (FirstTie, endOfFirst) = rights.PidNamespace ? descriptors.ToWorker() : (-1, -1);
        (Text, textOfPrograms) = descriptors.FromWorker();
        (report, reportOfWorker) = descriptors.FromWorker();
        if (rights.Files is not null || rights.IsolateProcesses)
            rules = Landlock.Make(rights.Files, rights.IsolateProcesses);
    }

    /// <summary>While this end of a pipe is open, process 1 of the worker's process namespace lives.</summary>
    public int FirstTie { get; }

    /// <summary>What the programs write that lead to the worker. The worker has its own standard streams.</summary>
    public int Text { get; }

    /// <summary>What the programs before the worker start with.</summary>
    /// <param name="nothing">A descriptor without content, in place of those that only the worker gets.</param>
    public (int Ours, int Theirs)[] DescriptorsOfPrograms(int nothing)
    {
        ReadOnlySpan<int> all = [textOfPrograms, textOfPrograms, nothing, nothing, nothing, nothing, socketOfWorker, endOfFirst];
        return WorkerDescriptors.All(nothing, endOfFirst < 0 ? all[..^1] : all);
    }

    /// <summary>Waits until the process in the namespaces is there.</summary>
    /// <param name="descriptors">Closes the ends of the worker, which has them by now.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="IOException">The programs failed, or took too long.</exception>
    public int Await(NewDescriptors descriptors)
    {
        descriptors.CloseOne(socketOfWorker);
        descriptors.CloseOne(endOfFirst);
        descriptors.CloseOne(textOfPrograms);
        if (!IsReadable(socket))
            throw Failed($"{UnshareProgram.Path} did not start the worker within {Patience} s");
        var pid = EntrySocket.TakeAnnouncement(socket);
        return pid > 0 ? pid : throw Failed(TextOf(Text));
    }

    /// <summary>Sends the orders, and waits until the worker has followed them.</summary>
    /// <param name="descriptors">Closes what the worker has then.</param>
    /// <param name="ofWorker">The worker's descriptors, in the order of their numbers, from standard output on.</param>
    /// <exception cref="IOException">The worker could not follow them.</exception>
    public void Admit(NewDescriptors descriptors, ReadOnlySpan<int> ofWorker)
    {
        var orders = new EntryOrders
        {
            TurnLoopbackOn = rights.NetworkNamespace ? 1 : 0,
            DropCapabilities = rights.DropCapabilities ? 1 : 0,
            MaxTasks = MaxTasks(),
            HasRules = rules is null ? 0 : 1,
            ProcRights = rights.PidNamespace && rules is not null ? rules.Reads : 0,
        };
        int[] all = [.. ofWorker, reportOfWorker, environment, .. rules is null ? (int[])[] : [rules.Descriptor]];
        if (!EntrySocket.Send(socket, orders, all))
            throw Failed($"the worker is gone ({LastError()})");
        descriptors.CloseOne(reportOfWorker);
        if (!IsReadable(report))
            throw Failed($"the worker did not report within {Patience} s");
        if (TextOf(report) is { Length: > 0 } text)
            throw Failed(text);
        _ = TextOf(Text); // from now on, there is only what the program says that waits for the worker
        if (!rights.PidNamespace)
            descriptors.CloseOurs(Text);
        descriptors.CloseOurs(socket);
        descriptors.CloseOurs(report);
    }

    public void Dispose() => rules?.Dispose();

    private static int Patience => WorkerTuning.Processes.EntryPatience / 1000;

    /// <summary>In a process namespace, process 1 and the waiting <c>unshare</c> count too.</summary>
    private int MaxTasks() => rights.MaxTasks is { } limit ? limit + (rights.PidNamespace ? 2 : 0) : 0;

    private static bool IsReadable(int fd)
    {
        var poll = new PollFd { Fd = fd, Events = POLLIN };
        int count;
        do
            count = Poll(&poll, 1, WorkerTuning.Processes.EntryPatience);
        while (count < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return count > 0;
    }

    /// <summary>What can be read now.</summary>
    private static string TextOf(int fd)
    {
        var text = stackalloc byte[1024];
        return Encoding.UTF8.GetString(text, Math.Max(0, Descriptor.Read(fd, text, 1024))).Trim();
    }

    private IOException Failed(string why)
        => new($"Starting a worker: {Option()}: {(why.Length > 0 ? why : "the programs that start it ended without a message")}.");

    private string Option()
        => rights.PidNamespace ? "HandlerOptions.Hardening.PidNamespace" : "HandlerOptions.Hardening.NetworkNamespace";
}
