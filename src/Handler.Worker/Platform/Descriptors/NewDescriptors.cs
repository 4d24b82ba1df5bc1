using Handler.Wire;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>
/// The descriptors that are created for a worker's start. The worker's ends are closed here once it has them; this process's ends are
/// closed here if the start fails.
/// </summary>
internal sealed unsafe class NewDescriptors : IDisposable
{
    private readonly List<int> theirs = [];
    private readonly List<int> ours = [];
    private bool kept;

    /// <summary>A pipe from the worker to this process.</summary>
    public (int Ours, int Theirs) FromWorker(bool large = false) => Pipe(weRead: true, large);

    /// <summary>A pipe from this process to the worker.</summary>
    public (int Ours, int Theirs) ToWorker(bool large = false) => Pipe(weRead: false, large);

    /// <summary>
    /// The memory of the shared page. Its size is sealed: if the worker could shrink it, this process would be killed by a signal (SIGBUS)
    /// for reading beyond the end.
    /// </summary>
    public int SharedMemory()
    {
        var memory = Memory(SharedPage.Size, "the shared page");
        if (FTruncate(memory, SharedPage.Size) != 0)
            throw Failed("sizing the shared page");
        return Fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0
            ? memory
            : throw Failed("sealing the size of the shared page");
    }

    /// <summary>A file in memory with this content.</summary>
    public int FileOf(ReadOnlySpan<byte> content)
    {
        var memory = Memory(content.Length, "a file in memory");
        fixed (byte* bytes = content)
            return Descriptor.WriteAll(memory, bytes, content.Length) ? memory : throw Failed("writing a file in memory");
    }

    private int Memory(int size, string what)
    {
        RLimit limit;
        if (GetRLimit(RLIMIT_FSIZE, &limit) == 0 && limit.Soft < (ulong)size)
            throw new IOException(
                $"Starting a worker: this process may not have files larger than {limit.Soft} bytes (RLIMIT_FSIZE, ulimit -f), "
                    + $"and what it shares with a worker takes {size}."
            ); // the kernel would kill this process
        int memory;
        fixed (byte* name = "handler\0"u8)
            memory = MemFdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        return memory >= 0 ? MoveUp(memory) : throw Failed($"making {what}");
    }

    /// <summary>A descriptor that reads as the end of input.</summary>
    public int Nothing()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            var nothing = Open(path, O_RDONLY | O_CLOEXEC);
            return nothing >= 0 ? MoveUp(nothing) : throw Failed("opening /dev/null");
        }
    }

    /// <summary>The two ends of a socket for whole messages. What this process receives says which process has sent it.</summary>
    public (int Ours, int Theirs) Socket()
    {
        const int Local = 1, Packets = 5, ShowSender = 16; // AF_UNIX, SOCK_SEQPACKET, SO_PASSCRED
        var ends = stackalloc int[2];
        var yes = 1;
        if (SocketPair(Local, Packets | O_CLOEXEC, 0, ends) != 0)
            throw Failed("making a socket");
        ours.Add(ends[0]);
        var theirEnd = MoveUp(ends[1]);
        return SetSockOpt(ends[0], SOL_SOCKET, ShowSender, &yes, sizeof(int)) == 0
            ? (ends[0], theirEnd)
            : throw Failed("setting up a socket");
    }

    /// <summary>Takes over a descriptor of this process.</summary>
    public int Own(int fd, string what)
    {
        if (fd < 0)
            throw Failed(what);
        ours.Add(fd);
        return fd;
    }

    /// <summary>A read end of a lifeline for this process: see <see cref="Lifeline.Hold"/>.</summary>
    public int Hold(int readEnd, ref int writeEnd)
    {
        ours.Remove(writeEnd);
        var held = Lifeline.Hold(readEnd, ref writeEnd);
        ours.Add(writeEnd);
        return Own(held, "opening the lifeline");
    }

    /// <summary>Closes one of the worker's ends, which the worker has by now, before the others.</summary>
    public void CloseOne(int fd)
    {
        if (theirs.Remove(fd))
            _ = Close(fd);
    }

    /// <summary>Closes one of this process's ends, which was only needed for the start.</summary>
    public void CloseOurs(int fd)
    {
        if (ours.Remove(fd))
            _ = Close(fd);
    }

    /// <summary>The start has succeeded: this process's ends stay open.</summary>
    public void Keep() => kept = true;

    public void Dispose()
    {
        theirs.ForEach(fd => _ = Close(fd));
        if (!kept)
            ours.ForEach(fd => _ = Close(fd));
    }

    public static IOException Failed(string what) => new($"Starting a worker: {what} failed: {LastError()}.");

    private (int Ours, int Theirs) Pipe(bool weRead, bool large)
    {
        var ends = stackalloc int[2];
        if (Pipe2(ends, O_CLOEXEC) != 0)
            throw Failed("making a pipe");
        var (ourEnd, theirEnd) = weRead ? (ends[0], ends[1]) : (ends[1], ends[0]);
        ours.Add(ourEnd);
        theirEnd = MoveUp(theirEnd);
        if (Fcntl(ourEnd, F_SETFL, O_NONBLOCK) != 0)
            throw Failed("setting up a pipe");
        if (large)
            _ = Fcntl(ourEnd, F_SETPIPE_SZ, PipeBytes); // the kernel may refuse
        return (ourEnd, theirEnd);
    }

    /// <summary>
    /// In the child, descriptors are moved into place one after the other. One whose number is among the targets could be overwritten
    /// before it is moved.
    /// </summary>
    private int MoveUp(int fd)
    {
        var up = fd;
        if (fd < WorkerDescriptors.EndOfAll)
        {
            up = Fcntl(fd, F_DUPFD_CLOEXEC, 64);
            var error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            _ = Close(fd);
            System.Runtime.InteropServices.Marshal.SetLastPInvokeError(error);
            if (up < 0)
                throw Failed("duplicating a descriptor");
        }

        theirs.Add(up);
        return up;
    }
}
