using System.Globalization;
using System.Runtime.InteropServices;
using Handler.Wire;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// One worker process on Linux: its pid and process descriptor, a pipe in each direction, pipes for its output, the lifeline, and the
/// shared page. It is started with posix_spawn, because <see cref="System.Diagnostics.Process"/> can neither pass descriptors nor create a
/// session, and hides signals. No other code may wait for it: see docs/decisions/0003-posix-spawn.md.
/// </summary>
internal sealed unsafe class LinuxWorkerProcess : IWorkerProcess
{
    /// <summary>The usual size of a pipe, in bytes: more than is ever sent ahead.</summary>
    private const int UsualPipeBytes = 64 << 10;

    private readonly Lock sending = new();
    private readonly Lock life = new();
    private readonly ProcessDescriptor process;
    private readonly ProcessDescriptor started; // the child of this process: the worker, or the program that waits for it
    private readonly int startedFd;
    private readonly NamespaceTies? ties; // if it has a process namespace
    private readonly WorkersInNamespaces workers;
    private readonly int requests;
    private readonly int responses;
    private readonly int output;
    private readonly int error;
    private int lifeline;
    private readonly int lifelineHeld;
    private readonly int outerHeld = -1; // the same for the program that waits for the worker, if there is one
    private readonly Dictionary<int, int> tied = [];
    private readonly ProcessMemory memoryUse;
    private readonly ControlGroup? group;
    private StartedProcess[] outside = [];
    private readonly SessionNiceness? niceness; // of a worker that may not set it itself
    private readonly int millisecondsForRoom;
    private readonly PrivateFolders? folders;
    private readonly string? temporary; // its own folder for temporary files
    private bool outputOpen = true;
    private bool errorOpen = true;
    private long sent;
    private bool reaping;
    private bool closed;
    private long cpu;

    public LinuxWorkerProcess(WorkerCommand command, ControlGroup? group, WorkersInNamespaces workers)
    {
        this.workers = workers;
        this.group = group;
        using var descriptors = new NewDescriptors();
        var child = 0;
        try
        {
            if (!ProcessList.Open())
                throw NewDescriptors.Failed("opening /proc");
            (requests, var requestsRead) = descriptors.ToWorker(large: true);
            // The kernel gives small pipes to users with many.
            millisecondsForRoom = Fcntl(requests, F_GETPIPE_SZ, 0) >= UsualPipeBytes ? RoomPatience : Timeout.Infinite;
            (responses, var responsesWrite) = descriptors.FromWorker(large: true);
            (lifeline, var lifelineRead) = descriptors.ToWorker();
            (output, var outputWrite) = descriptors.FromWorker();
            (error, var errorWrite) = descriptors.FromWorker();
            lifelineHeld = descriptors.Hold(lifelineRead, ref lifeline);
            if (command.Rights.PidNamespace)
                outerHeld = descriptors.Hold(lifelineRead, ref lifeline);
            var memory = descriptors.SharedMemory();
            Page = (SharedPage*)MMap(null, SharedPage.Size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
            if ((nint)Page == -1)
                throw NewDescriptors.Failed("mapping the shared page");

            folders = command.PrivateFolders;
            if (folders is not null)
            {
                temporary = folders.New(command.Rights.UserId);
                command = command.WithTemporaryFolder(temporary);
            }

            ReadOnlySpan<int> ofWorker = [outputWrite, errorWrite, requestsRead, responsesWrite, lifelineRead, memory];
            using var entry = command.Rights.HasUserNamespace ? new WorkerEntry(command, descriptors) : null;
            var nothing = descriptors.Nothing();
            child = LaunchThread.Spawn(
                entry is null ? command : command with { Environment = [$"{NamespaceEntry.Variable}=1", .. command.Environment] },
                entry?.DescriptorsOfPrograms(nothing) ?? WorkerDescriptors.All(nothing, ofWorker));
            startedFd = descriptors.Own(ProcessDescriptor.Open(child), "opening the process descriptor");
            started = new ProcessDescriptor(startedFd, child);
            Tie(child, outerHeld >= 0 ? outerHeld : lifelineHeld);
            Pid = entry?.Await(descriptors) ?? child;
            process = started;
            if (Pid != child)
            {
                ties = new NamespaceTies(child, Pid, entry!, descriptors);
                workers.Add(Pid);
                process = ties.Worker;
                Tie(Pid, lifelineHeld);
            }

            group?.Add(Pid);
            entry?.Admit(descriptors, ofWorker);
            var name = Pid.ToString(CultureInfo.InvariantCulture);
            memoryUse = new ProcessMemory(name);
            niceness = NicenessFor(command.Rights, name);
            descriptors.Keep();
        }
        catch
        {
            if (child > 0)
                EndUnborn(child);
            workers.Remove(Pid);
            group?.Remove();
            RemoveTemporary();
            if (Page is not null && (nint)Page != -1)
                _ = MUnmap(Page, SharedPage.Size);
            throw;
        }
    }

    /// <summary>Sets the niceness of the worker's session. A worker with all files at hand retries that itself.</summary>
    private static SessionNiceness? NicenessFor(LaunchRights rights, string pid)
    {
        if (rights.Niceness == 0)
            return null;
        var niceness = new SessionNiceness(rights.Niceness, pid);
        niceness.TrySet();
        if (rights.Files is { RestrictWrites: true })
            return niceness;
        niceness.Dispose();
        return null;
    }

    /// <summary>Makes the kernel kill a process and its group when this process exits.</summary>
    private static void Tie(int leader, int readEnd)
    {
        if (!Lifeline.RequestKill(readEnd, leader))
            throw NewDescriptors.Failed("tying it to this process");
    }

    private void EndUnborn(int child)
    {
        ties?.Worker.KillGroup();
        if (started is not null)
        {
            started.KillGroup();
            _ = started.ReadExit(0);
            started.Reap();
            return;
        }

        // Without a process descriptor there is only the id, which was assigned just now.
        _ = LibC.Kill(-child, SIGKILL);
        while (Wait4(child, null, 0, null) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }

    public int Pid { get; }

    public SharedPage* Page { get; }

    public WorkerEvents Wait() => WaitFor(milliseconds: -1);

    public WorkerEvents Look() => WaitFor(milliseconds: 0);

    private WorkerEvents WaitFor(int milliseconds)
    {
        var polls = stackalloc PollFd[4];
        polls[0] = new PollFd { Fd = responses, Events = POLLIN };
        polls[1] = new PollFd { Fd = startedFd, Events = POLLIN };
        polls[2] = new PollFd { Fd = outputOpen ? output : -1, Events = POLLIN };
        polls[3] = new PollFd { Fd = errorOpen ? error : -1, Events = POLLIN };
        if (Poll(polls, 4, milliseconds) <= 0)
            return WorkerEvents.None; // interrupted, or no event yet

        // A pipe without writers only reports that. The process descriptor tells whether the worker has exited.
        var events = WorkerEvents.None;
        if ((polls[0].Revents & POLLIN) != 0)
            events |= WorkerEvents.Responses;
        if (polls[1].Revents != 0)
            events |= WorkerEvents.Exited;
        if (polls[2].Revents != 0)
            events |= WorkerEvents.Output;
        if (polls[3].Revents != 0)
            events |= WorkerEvents.Error;
        if (events == WorkerEvents.None && polls[0].Revents != 0)
            return Poll(&polls[1], 1, ExitPatience) > 0 ? WorkerEvents.Exited : WorkerEvents.Closed;
        return events;
    }

    public int Receive(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return Math.Max(0, Descriptor.Read(responses, bytes, buffer.Length));
    }

    public int ReadOutput(OutputStream stream, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var count = Descriptor.Read(stream == OutputStream.Output ? output : error, bytes, buffer.Length);
            if (count == 0)
            {
                // End of stream. A closed stream is always readable, so it must no longer be waited for.
                if (stream == OutputStream.Output)
                    outputOpen = false;
                else
                    errorOpen = false;
            }

            return Math.Max(0, count);
        }
    }

    public bool Send(ReadOnlySpan<byte> frames)
    {
        var milliseconds = frames.Length <= WorkerTuning.Processes.SmallRequest ? millisecondsForRoom : Timeout.Infinite;
        if (!sending.TryEnter(milliseconds))
            return StopsReading();
        try
        {
            if (closed)
                return false;
            fixed (byte* bytes = frames)
                return WriteAll(bytes, frames.Length, milliseconds);
        }
        finally
        {
            sending.Exit();
        }
    }

    /// <summary>The request pipe, to be waited for.</summary>
    public int RequestsDescriptor => requests;

    public int SendSome(ReadOnlySpan<byte> bytes)
    {
        lock (sending)
        {
            if (closed)
                return -1;
            fixed (byte* first = bytes)
            {
                int put;
                do
                    put = (int)Write(requests, first, bytes.Length);
                while (put < 0 && Marshal.GetLastPInvokeError() == EINTR);
                if (put > 0)
                    Volatile.Write(ref sent, sent + put);
                return put >= 0 ? put : Marshal.GetLastPInvokeError() == EAGAIN ? 0 : -1;
            }
        }
    }

    /// <summary>A child of a dead worker may keep its pipe open, so the wait for room ends with the worker.</summary>
    private bool WriteAll(byte* bytes, int count, int milliseconds)
    {
        var polls = stackalloc PollFd[2];
        while (count > 0)
        {
            var put = (int)Write(requests, bytes, count);
            if (put > 0)
            {
                Volatile.Write(ref sent, sent + put);
                bytes += put;
                count -= put;
                continue;
            }

            if (Marshal.GetLastPInvokeError() == EINTR)
                continue;
            if (Marshal.GetLastPInvokeError() != EAGAIN)
                return false;
            polls[0] = new PollFd { Fd = requests, Events = POLLOUT };
            polls[1] = new PollFd { Fd = startedFd, Events = POLLIN };
            if (Poll(polls, 2, milliseconds) == 0)
                return StopsReading();
            if (polls[1].Revents != 0)
                return false;
        }

        return true;
    }

    public long SentBytes => Volatile.Read(ref sent);

    public bool MayHaveReadBeyond(long sent) => SentBytes - Unread(requests) > sent;

    public bool HasResponses() => Unread(responses) > 0;

    public long CpuNanoseconds()
    {
        lock (life)
            return reaping ? 0 : cpu = Math.Max(cpu, ProcSelf.CpuNanoseconds(Pid));
    }

    public long EndedCpuNanoseconds()
    {
        lock (life)
            return !reaping && ProcessStat.TryRead(Pid, out var stat) ? stat.WaitedCpuNanoseconds : -1;
    }

    /// <summary>The number of bytes in a pipe; either end can be asked.</summary>
    private static int Unread(int pipe)
    {
        int count;
        return IoCtl(pipe, FIONREAD, &count) == 0 ? count : 0;
    }

    private bool StopsReading()
    {
        Kill();
        return false;
    }

    public void Kill()
    {
        lock (life)
        {
            if (!reaping)
                process.KillGroup();
        }
    }

    public long UsedMemory(bool withDescriptors = false)
    {
        lock (life)
        {
            if (reaping)
                return 0;
            niceness?.TrySet();
            cpu = Math.Max(cpu, ProcSelf.CpuNanoseconds(Pid));
            return memoryUse.Used(withDescriptors);
        }
    }

    public void TieGroups(List<int> groups)
    {
        lock (life)
        {
            if (!closed && !reaping)
                Lifeline.TieGroups(tied, groups, lifelineHeld, ref lifeline);
        }
    }

    public void NoteOutside(List<StartedProcess> processes)
    {
        if (processes.Count > 0 || outside.Length > 0)
            Volatile.Write(ref outside, [.. processes]);
    }

    public bool IsLimitedByKernel => group is not null;

    public void LimitMemory(long bytes) => group?.Limit(bytes);

    public long? KilledByControlGroup() => group?.HasKilledForMemory() == true ? group.PeakBytes() : null;

    public ExitStatus ReadExit()
    {
        lock (life)
        {
            if (reaping)
                throw new InvalidOperationException("This worker's exit has already been read.");
            reaping = true; // from here on only this thread kills; it may take a while, so the lock is not held
        }

        process.KillGroup(); // kills what the worker started in its group
        group?.KillAll();
        Session.KillOutside(Volatile.Read(ref outside));

        // Until the leader is waited for, its id cannot be reused. Afterwards, a process with this id is unrelated, and nothing of the
        // session is left.
        if (!process.IsReaped || !Directory.Exists($"/proc/{Pid}"))
            Session.KillMembers(Pid);
        if (ties is null)
            return process.ReadExit(cpu);
        ties.KillAll();
        return ties.ExitOfWorker(started.ReadExit(cpu), cpu);
    }

    public void Dispose()
    {
        if (!closed)
            started.Reap(); // takes a while, so no lock is held; only one thread disposes this
        lock (sending)
            lock (life)
            {
                if (closed)
                    return;
                closed = true;
                foreach (var fd in (ReadOnlySpan<int>)[requests, responses, lifeline, lifelineHeld, outerHeld, output, error, startedFd])
                    _ = Close(fd);
                foreach (var readEnd in tied.Values)
                    _ = Close(readEnd);
                ties?.Dispose();
                memoryUse.Dispose();
                niceness?.Dispose();
                _ = MUnmap(Page, SharedPage.Size);
            }

        workers.Remove(Pid);
        group?.Remove();
        RemoveTemporary();
    }

    private void RemoveTemporary()
    {
        if (temporary is not null)
            folders!.Remove(temporary);
    }
}
