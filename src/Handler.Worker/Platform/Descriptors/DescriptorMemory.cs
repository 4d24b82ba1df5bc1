using System.Globalization;
using System.Runtime.InteropServices;
using Handler.Wire;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Guard;

namespace Handler.Platform;

/// <summary>
/// The memory that a process holds through its descriptors and that no resident size shows: files in memory (memfd, <c>/dev/shm</c>,
/// tmpfs), and data waiting in sockets and pipes. Does not allocate on the managed heap.
/// </summary>
internal static unsafe class DescriptorMemory
{
    private const int HeadSize = 19; // of struct linux_dirent64, before the name
    private const int BlockSize = 512;
    private const uint TypeMask = 0xf000, RegularFile = 0x8000, Socket = 0xc000, Pipe = 0x1000;

    /// <summary>
    /// Examines all descriptors of a process. Descriptors that this process may not examine, such as those of another user, do not count.
    /// </summary>
    /// <param name="descriptors">The path of the process's descriptor directory, terminated by NUL.</param>
    /// <param name="isSelf">Whether it is this process. Only then does the kernel tell what its sockets and pipes hold.</param>
    /// <returns>The bytes held by files in memory, and by sockets and pipes; <see langword="null"/> if this process has no free descriptor
    /// to examine them.</returns>
    public static (long Files, long Buffers)? Held(ReadOnlySpan<byte> descriptors, bool isSelf)
    {
        var path = stackalloc byte[64];
        descriptors.CopyTo(new Span<byte>(path, 64));
        var counted = stackalloc (long Device, long Node)[MaxCountedFiles];
        var count = 0;
        return Held(path, descriptors.Length - 1, isSelf, unnamedOnly: false, counted, ref count);
    }

    /// <summary>
    /// The bytes held by files in memory that processes started by a worker have open and the worker itself does not. Only files without a
    /// name count: those with one outlive the processes, and anyone may have filled them.
    /// </summary>
    /// <param name="worker">The worker's process id.</param>
    /// <param name="processes">The processes that it started.</param>
    public static long HeldByStarted(int worker, List<int> processes)
    {
        if (processes.Count == 0)
            return 0;
        var path = stackalloc byte[64];
        var counted = stackalloc (long Device, long Node)[MaxCountedFiles];
        var count = 0;
        _ = Held(path, FolderOf(worker, path), isSelf: false, unnamedOnly: false, counted, ref count);
        var held = 0L;
        foreach (var process in processes)
            held += Held(path, FolderOf(process, path), isSelf: false, unnamedOnly: true, counted, ref count)?.Files ?? 0;
        return held;
    }

    /// <returns>The length of the path.</returns>
    private static int FolderOf(int process, byte* path)
    {
        "/proc/"u8.CopyTo(new Span<byte>(path, 64));
        _ = process.TryFormat(new Span<byte>(path + 6, 16), out var digits, provider: CultureInfo.InvariantCulture);
        "/fd\0"u8.CopyTo(new Span<byte>(path + 6 + digits, 4));
        return 6 + digits + 3;
    }

    private static (long Files, long Buffers)? Held(
        byte* path, int pathLength, bool isSelf, bool unnamedOnly, (long Device, long Node)* counted, ref int count)
    {
        var folder = Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
            return Marshal.GetLastPInvokeError() is EMFILE or ENFILE ? null : (0, 0);
        path[pathLength++] = (byte)'/';
        var (files, buffers) = (0L, 0L);
        const int Size = 8192;
        var buffer = stackalloc byte[Size];
        var file = stackalloc byte[256];
        int length;
        while ((length = (int)SysCall(SysGetDirectoryEntries, folder, (nint)buffer, Size, 0)) > 0)
        {
            for (var at = 0; at < length; at += *(ushort*)(buffer + at + 16))
            {
                if (!CopyNumber(buffer + at + HeadSize, path + pathLength, out var fd)
                    || Statx(AtCurrentDirectory, path, 0, StatxBasic, file) != 0)
                    continue;
                var type = *(ushort*)(file + 28) & TypeMask;
                if (type == RegularFile)
                    files += HeldByFile(path, file, unnamedOnly, counted, ref count);
                else if (isSelf && fd >= WorkerDescriptors.End && type is Socket or Pipe)
                    buffers += type == Socket ? HeldBySocket(fd) : HeldByPipe(fd, file, counted, ref count);
            }
        }

        _ = Close(folder);
        return (files, buffers);
    }

    /// <summary>Copies a name that is a number. Other names are the directory itself and its parent.</summary>
    private static bool CopyNumber(byte* name, byte* target, out int number)
    {
        var at = 0;
        number = 0;
        for (; name[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            target[at] = name[at];
            number = (10 * number) + name[at] - '0';
        }

        target[at] = 0;
        return at > 0 && name[at] == 0;
    }

    /// <summary>
    /// The kernel does not tell how much of a secret memory file (memfd_secret) is in use, so its whole length counts. It never has a name.
    /// </summary>
    private static long HeldByFile(byte* path, byte* file, bool unnamedOnly, (long Device, long Node)* counted, ref int count)
    {
        const long TemporaryFiles = 0x01021994, HugePages = 0x958458f6, SecretMemory = 0x5345434d;
        var (length, blocks, isNamed) = (*(long*)(file + 40), *(long*)(file + 48), *(uint*)(file + 16) > 0);
        if (length == 0 && blocks == 0)
            return 0;
        var held = SystemOf(path) switch
        {
            TemporaryFiles or HugePages when !unnamedOnly || !isNamed => blocks * BlockSize,
            SecretMemory => length,
            _ => 0,
        };
        return held > 0 && IsNew(file, counted, ref count) ? held : 0;
    }

    /// <summary>Data that was sent but not yet taken by the other end, and data that arrived but was not yet read.</summary>
    private static long HeldBySocket(int fd)
    {
        const int Arrived = 0, Sent = 2, Queued = 5, Numbers = 9; // of SO_MEMINFO
        var memory = stackalloc uint[Numbers];
        var length = Numbers * sizeof(uint);
        return GetSockOpt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) == 0
            ? (long)memory[Arrived] + Math.Max(memory[Sent], memory[Queued])
            : 0;
    }

    private static long HeldByPipe(int fd, byte* file, (long Device, long Node)* counted, ref int count)
    {
        int waiting;
        return IoCtl(fd, FIONREAD, &waiting) == 0 && waiting > 0 && IsNew(file, counted, ref count) ? waiting : 0;
    }

    /// <summary>
    /// Whether a file is seen for the first time. It may be open more than once, and both ends of a pipe are the same file.
    /// </summary>
    private static bool IsNew(byte* file, (long Device, long Node)* counted, ref int count)
    {
        if (count == MaxCountedFiles)
            return false;
        var identity = (Device: *(long*)(file + 136), Node: *(long*)(file + 32));
        for (var i = 0; i < count; i++)
        {
            if (counted[i] == identity)
                return false;
        }

        counted[count++] = identity;
        return true;
    }

    /// <summary>The kind of the file system that a file is in; 0 if it is unknown.</summary>
    private static long SystemOf(byte* path)
    {
        var system = stackalloc byte[256];
        return StatFs(path, system) == 0 ? *(long*)system : 0;
    }
}
