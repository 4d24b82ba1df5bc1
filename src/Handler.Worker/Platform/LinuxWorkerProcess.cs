using System.Globalization;
using System.Runtime.InteropServices;
using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// One worker process on Linux: its pid and process descriptor, a pipe each way, pipes for its output, the lifeline, and the
/// shared page. It is started with posix_spawn, because <see cref="System.Diagnostics.Process"/> can neither pass descriptors nor
/// make a session, and hides signals. Nobody else may wait for it: see docs/decisions/0003-posix-spawn.md.
/// </summary>
internal sealed unsafe class LinuxWorkerProcess : IWorkerProcess
{
    private const int PipeBytes = 256 << 10;

    /// <summary>A process that ends closes its pipes a little before it is known to have ended.</summary>
    private const int MillisecondsToEnd = 200;

    private readonly Lock sending = new();
    private readonly Lock life = new();
    private readonly int processFd;
    private readonly int requests;
    private readonly int answers;
    private readonly int output;
    private readonly int error;
    private readonly int lifeline;
    private readonly ProcessMemory memoryUse;
    private readonly ControlGroup? group;
    private bool outputOpen = true;
    private bool errorOpen = true;
    private long sent;
    private bool reaped;
    private bool closed;

    public LinuxWorkerProcess(WorkerCommand command, ControlGroup? group)
    {
        this.group = group;
        var theirs = new List<int>();
        var ours = new List<int>();
        try
        {
            var (requestsRead, requestsWrite) = NewPipe(theirs, ours, weRead: false);
            var (answersRead, answersWrite) = NewPipe(theirs, ours, weRead: true);
            var (lifelineRead, lifelineWrite) = NewPipe(theirs, ours, weRead: false);
            var (outputRead, outputWrite) = NewPipe(theirs, ours, weRead: true);
            var (errorRead, errorWrite) = NewPipe(theirs, ours, weRead: true);
            (requests, answers, lifeline, output, error) = (requestsWrite, answersRead, lifelineWrite, outputRead, errorRead);
            SetNonBlocking(requests);
            SetNonBlocking(answers);
            SetNonBlocking(output);
            SetNonBlocking(error);
            _ = Fcntl(requests, F_SETPIPE_SZ, PipeBytes); // larger payloads move in fewer steps; the kernel may refuse
            _ = Fcntl(answers, F_SETPIPE_SZ, PipeBytes);

            var memory = NewMemory(theirs);
            Page = (SharedPage*)MMap(null, SharedPage.Size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
            if ((nint)Page == -1)
                throw Failed("mapping the shared page");
            var nothing = OpenNothing(theirs);

            Pid = Spawn(command,
            [
                (nothing, 0),
                (outputWrite, 1),
                (errorWrite, 2),
                (requestsRead, WorkerDescriptors.Requests),
                (answersWrite, WorkerDescriptors.Answers),
                (lifelineRead, WorkerDescriptors.Lifeline),
                (memory, WorkerDescriptors.Page),
            ]);
            processFd = (int)SysCall(LinuxPlatform.SysPidFdOpen, Pid, 0, 0, 0);
            if (processFd < 0)
                throw Failed("opening the process descriptor");

            ours.Add(processFd);
            group?.Add(Pid);
            memoryUse = new ProcessMemory(Pid.ToString(CultureInfo.InvariantCulture));
        }
        catch
        {
            ours.ForEach(fd => _ = Close(fd));
            if (Pid > 0)
            {
                _ = LibC.Kill(-Pid, SIGKILL);
                _ = Wait4(Pid, null, 0, null);
            }

            group?.Remove();
            if (Page is not null && (nint)Page != -1)
                _ = MUnmap(Page, SharedPage.Size);
            throw;
        }
        finally
        {
            theirs.ForEach(fd => _ = Close(fd));
        }
    }

    public int Pid { get; }

    public SharedPage* Page { get; }

    public WorkerEvents Wait() => WaitFor(milliseconds: -1);

    public WorkerEvents Look() => WaitFor(milliseconds: 0);

    private WorkerEvents WaitFor(int milliseconds)
    {
        var polls = stackalloc PollFd[4];
        polls[0] = new PollFd { Fd = answers, Events = POLLIN };
        polls[1] = new PollFd { Fd = processFd, Events = POLLIN };
        polls[2] = new PollFd { Fd = outputOpen ? output : -1, Events = POLLIN };
        polls[3] = new PollFd { Fd = errorOpen ? error : -1, Events = POLLIN };
        if (Poll(polls, 4, milliseconds) <= 0)
            return WorkerEvents.None; // interrupted, or nothing yet

        // A pipe whose writers are all gone only says so; the process descriptor tells whether the worker is.
        var events = WorkerEvents.None;
        if ((polls[0].Revents & POLLIN) != 0)
            events |= WorkerEvents.Answers;
        if (polls[1].Revents != 0)
            events |= WorkerEvents.Ended;
        if (polls[2].Revents != 0)
            events |= WorkerEvents.Output;
        if (polls[3].Revents != 0)
            events |= WorkerEvents.Error;
        if (events == WorkerEvents.None && polls[0].Revents != 0)
            return Poll(&polls[1], 1, MillisecondsToEnd) > 0 ? WorkerEvents.Ended : WorkerEvents.Closed;
        return events;
    }

    public int Receive(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return Math.Max(0, Descriptor.Read(answers, bytes, buffer.Length));
    }

    public int ReadOutput(OutputStream stream, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var count = Descriptor.Read(stream == OutputStream.Output ? output : error, bytes, buffer.Length);
            if (count == 0)
            {
                // The end: a closed stream is always readable, so it must not be waited for any more.
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
        lock (sending)
        {
            if (closed)
                return false;
            fixed (byte* bytes = frames)
                return WriteAll(bytes, frames.Length);
        }
    }

    /// <summary>The pipe of its requests, to be waited for.</summary>
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
    private bool WriteAll(byte* bytes, int count)
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
            polls[1] = new PollFd { Fd = processFd, Events = POLLIN };
            _ = Poll(polls, 2, -1);
            if (polls[1].Revents != 0)
                return false;
        }

        return true;
    }

    public long SentBytes => Volatile.Read(ref sent);

    public bool MayHaveReadBeyond(long sent) => SentBytes - Unread(requests) > sent;

    public bool HasAnswers() => Unread(answers) > 0;

    public long CpuNanoseconds()
    {
        TimeSpec time = default;
        lock (life)
        {
            // As clock_getcpuclockid makes it: the processor time of all of the process's threads.
            if (reaped || ClockGetTime((~Pid << 3) | 2, &time) != 0)
                return 0;
        }

        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    /// <summary>How many bytes are in a pipe; either end tells.</summary>
    private static int Unread(int pipe)
    {
        int count;
        return IoCtl(pipe, FIONREAD, &count) == 0 ? count : 0;
    }

    public void Kill()
    {
        lock (life)
        {
            // The group has the leader's pid, which cannot be given to anyone else before we have reaped it.
            if (!reaped)
                _ = LibC.Kill(-Pid, SIGKILL);
        }
    }

    public long UsedMemory(bool withFiles = false)
    {
        lock (life)
            return reaped ? 0 : memoryUse.Used(withFiles);
    }

    public void LimitMemory(long bytes) => group?.Limit(bytes);

    public long? KilledByControlGroup() => group?.HasKilledForMemory() == true ? group.PeakBytes() : null;

    public ExitStatus Reap()
    {
        lock (life)
        {
            if (reaped)
                throw new InvalidOperationException("This worker is reaped already.");
            _ = LibC.Kill(-Pid, SIGKILL); // what the worker started in its group, before its id is free for others
            group?.KillAll();
            Session.KillMembers(Pid);
            int status;
            RUsage usage;
            int got;
            do
            {
                got = Wait4(Pid, &status, 0, &usage);
            }
            while (got < 0 && Marshal.GetLastPInvokeError() == EINTR);
            reaped = true;
            if (got != Pid)
                return default; // someone else has waited for it: how it ended is not known
            var signal = status & 0x7f;
            return new ExitStatus(
                signal == 0 ? (status >> 8) & 0xff : null,
                signal == 0 ? null : signal,
                usage.CpuNanoseconds);
        }
    }

    public void Dispose()
    {
        lock (sending)
        lock (life)
        {
            if (closed)
                return;
            closed = true;
            foreach (var fd in (ReadOnlySpan<int>)[requests, answers, lifeline, output, error, processFd])
                _ = Close(fd);
            memoryUse.Dispose();
            _ = MUnmap(Page, SharedPage.Size);
        }

        group?.Remove();
    }

    private static (int Read, int Write) NewPipe(List<int> theirs, List<int> ours, bool weRead)
    {
        var ends = stackalloc int[2];
        if (Pipe2(ends, O_CLOEXEC) != 0)
            throw Failed("making a pipe");
        var (ourEnd, theirEnd) = weRead ? (ends[0], ends[1]) : (ends[1], ends[0]);
        ours.Add(ourEnd);
        theirEnd = MoveUp(theirEnd, theirs);
        return weRead ? (ourEnd, theirEnd) : (theirEnd, ourEnd);
    }

    /// <summary>
    /// Descriptors are put in place one after the other in the child; one that lay among their targets could be overwritten before
    /// it is moved.
    /// </summary>
    private static int MoveUp(int fd, List<int> theirs)
    {
        var up = fd;
        if (fd < WorkerDescriptors.End)
        {
            up = Fcntl(fd, F_DUPFD_CLOEXEC, 64);
            _ = Close(fd);
            if (up < 0)
                throw Failed("duplicating a descriptor");
        }

        theirs.Add(up);
        return up;
    }

    private static int NewMemory(List<int> theirs)
    {
        int memory;
        fixed (byte* name = "handler\0"u8)
            memory = MemFdCreate(name, MFD_CLOEXEC);
        if (memory < 0)
            throw Failed("making the shared page");
        memory = MoveUp(memory, theirs);
        return FTruncate(memory, SharedPage.Size) == 0 ? memory : throw Failed("sizing the shared page");
    }

    private static int OpenNothing(List<int> theirs)
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            var nothing = Open(path, O_RDONLY | O_CLOEXEC);
            return nothing >= 0 ? MoveUp(nothing, theirs) : throw Failed("opening /dev/null");
        }
    }

    private static void SetNonBlocking(int fd)
    {
        if (Fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
            throw Failed("setting up a pipe");
    }

    private static int Spawn(WorkerCommand command, ReadOnlySpan<(int Ours, int Theirs)> descriptors)
        => SpawnCall.Run(command, descriptors);

    private static IOException Failed(string what) => new($"Starting a worker: {what} failed: {LastError()}.");
}
