using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The files in memory (memfd, <c>/dev/shm</c>, tmpfs) that a process has open. What they hold is memory that no resident size shows unless it is mapped. Allocates nothing on the managed heap.
/// </summary>
internal static unsafe class MemoryFiles
{
    private const int OpenDirectory = 0x10000; // O_DIRECTORY
    private const int HeadSize = 19; // of struct linux_dirent64, before the name
    private const int BlockSize = 512;
    private const int MostCounted = 1024;
    private const uint TypeMask = 0xf000, RegularFile = 0x8000;

    /// <summary>How many bytes they hold together; -1 when this process has no free descriptor to look at them. What it may not look at, as another user's descriptors, does not count.</summary>
    /// <param name="descriptors">The path of the process's folder of descriptors, ending with NUL.</param>
    public static long HeldThrough(ReadOnlySpan<byte> descriptors)
    {
        var path = stackalloc byte[64];
        descriptors.CopyTo(new Span<byte>(path, 64));
        var folder = Open(path, O_RDONLY | OpenDirectory | O_CLOEXEC);
        if (folder < 0)
            return Marshal.GetLastPInvokeError() is EMFILE or ENFILE ? -1 : 0;
        path[descriptors.Length - 1] = (byte)'/';
        var counted = stackalloc (long Device, long Node)[MostCounted];
        var count = 0;
        var held = 0L;
        const int size = 8192;
        var buffer = stackalloc byte[size];
        int length;
        while ((length = (int)SysCall(SysGetDirectoryEntries, folder, (nint)buffer, size, 0)) > 0)
        {
            for (var at = 0; at < length; at += *(ushort*)(buffer + at + 16))
            {
                if (CopyNumber(buffer + at + HeadSize, path + descriptors.Length))
                    held += Held(path, counted, ref count);
            }
        }

        _ = Close(folder);
        return held;
    }

    /// <summary>Copies a name that is a number; others are the folder itself and its parent.</summary>
    private static bool CopyNumber(byte* name, byte* target)
    {
        var at = 0;
        for (; name[at] is >= (byte)'0' and <= (byte)'9'; at++)
            target[at] = name[at];
        target[at] = 0;
        return at > 0 && name[at] == 0;
    }

    private static long Held(byte* path, (long Device, long Node)* counted, ref int count)
    {
        var file = stackalloc byte[256];
        if (Statx(AtCurrentDirectory, path, 0, StatxBasic, file) != 0 || (*(ushort*)(file + 28) & TypeMask) != RegularFile)
            return 0;
        var blocks = *(long*)(file + 48);
        if (blocks == 0 || count == MostCounted || !IsInMemory(path))
            return 0;
        var identity = (Device: *(long*)(file + 136), Node: *(long*)(file + 32));
        for (var i = 0; i < count; i++)
        {
            if (counted[i] == identity)
                return 0; // open more than once
        }

        counted[count++] = identity;
        return blocks * BlockSize;
    }

    private static bool IsInMemory(byte* path)
    {
        const long TemporaryFiles = 0x01021994, HugePages = 0x958458f6;
        var system = stackalloc byte[256];
        return StatFs(path, system) == 0 && *(long*)system is (TemporaryFiles or HugePages);
    }
}
