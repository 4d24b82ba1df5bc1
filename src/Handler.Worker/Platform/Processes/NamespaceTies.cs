using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// The processes around a worker that has a process namespace. The node's own child is a program outside, which waits for the worker and
/// exits as it does. Its other child is process 1 of the namespace; when that ends, the kernel kills all that is left in the namespace.
/// </summary>
internal sealed unsafe class NamespaceTies : IDisposable
{
    private readonly int workerFd;
    private readonly int firstFd;
    private readonly int firstTie;
    private readonly int text;
    private readonly StartedProcess first;
    private readonly long programCpu;

    /// <param name="program">The program that waits for the worker.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="entry">The way of the worker into its namespaces.</param>
    /// <param name="descriptors">Owns the new descriptors until the start has succeeded.</param>
    /// <exception cref="IOException">The system refuses a descriptor, or a process is gone already.</exception>
    public NamespaceTies(int program, int worker, WorkerEntry entry, NewDescriptors descriptors)
    {
        (firstTie, text) = (entry.FirstTie, entry.Text);
        workerFd = descriptors.Own(ProcessDescriptor.Open(worker), "opening the worker's process descriptor");
        Worker = new ProcessDescriptor(workerFd, worker);
        first = FirstOf(program, worker)
            ?? throw new IOException("Starting a worker: process 1 of its process namespace has ended already.");
        firstFd = descriptors.Own(ProcessDescriptor.Open(first.Pid), "opening the process descriptor of process 1");
        programCpu = ProcSelf.CpuNanoseconds(program);
    }

    /// <summary>The worker.</summary>
    public ProcessDescriptor Worker { get; }

    /// <summary>Kills all processes of the namespace, and waits until they are gone.</summary>
    public void KillAll()
    {
        Session.KillOutside([first]);
        var poll = new PollFd { Fd = firstFd, Events = POLLIN };
        _ = Poll(&poll, 1, (int)(SessionPatience / 1_000_000));
    }

    /// <summary>
    /// How the worker exited. The program exits with the worker's code, or ends itself with the worker's signal. For SIGKILL some versions
    /// cannot do that, say so, and exit with code 1.
    /// </summary>
    /// <param name="program">How the program exited; its CPU time includes that of the worker.</param>
    /// <param name="cpu">The worker's CPU time as last read, in ns.</param>
    public ExitStatus ExitOfWorker(ExitStatus program, long cpu)
    {
        var time = Math.Max(cpu, program.CpuNanoseconds - programCpu);
        byte any;
        return program.Code == 1 && Descriptor.Read(text, &any, 1) > 0
            ? new ExitStatus(null, SIGKILL, time)
            : program with { CpuNanoseconds = time };
    }

    public void Dispose()
    {
        _ = Close(workerFd);
        _ = Close(firstFd);
        _ = Close(firstTie);
        _ = Close(text);
    }

    /// <summary>The other child of the program. Newest first: it is among the last processes that were started.</summary>
    private static StartedProcess? FirstOf(int program, int worker)
    {
        var processes = new List<int>();
        ProcessList.Read(processes);
        for (var i = processes.Count - 1; i >= 0; i--)
        {
            var pid = processes[i];
            if (pid != worker && ProcessStat.TryRead(pid, out var stat) && stat.ParentPid == program)
                return new StartedProcess(pid, stat.StartedAt);
        }

        return null;
    }
}
