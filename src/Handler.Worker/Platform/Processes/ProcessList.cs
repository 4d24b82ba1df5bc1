using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The ids of all processes, read through a descriptor of <c>/proc</c> that stays open as long as this process lives: processes that a job
/// started must be found and killed even if this process has no free descriptor left.
/// </summary>
internal static unsafe class ProcessList
{
    private const int HeadSize = 19; // of struct linux_dirent64, before the name
    private const int BufferSize = 8192;

    private static readonly Lock Gate = new();
    private static int folder = -1;

    /// <summary>Opens the descriptor.</summary>
    /// <returns><see langword="false"/>, with the error left for the caller, if the system refuses.</returns>
    public static bool Open()
    {
        lock (Gate)
            return TryOpen();
    }

    /// <summary>Reads the ids in the kernel's order: lowest first.</summary>
    /// <param name="processes">Receives the ids; it is cleared first. After an error it contains the ids that were read before.</param>
    public static void Read(List<int> processes)
    {
        processes.Clear();
        var buffer = stackalloc byte[BufferSize];
        lock (Gate)
        {
            if (!TryOpen() || Seek(folder, 0, 0) != 0)
                return;
            int length;
            while ((length = (int)SysCall(SysGetDirectoryEntries, folder, (nint)buffer, BufferSize, 0)) > 0)
            {
                for (var at = 0; at < length; at += *(ushort*)(buffer + at + 16))
                {
                    if (ProcEntries.Number(buffer + at + HeadSize) is var process and > 0)
                        processes.Add(process);
                }
            }
        }
    }

    private static bool TryOpen()
    {
        if (folder >= 0)
            return true;
        fixed (byte* path = "/proc\0"u8)
            folder = LibC.Open(path, O_RDONLY | O_CLOEXEC);
        return folder >= 0;
    }
}
