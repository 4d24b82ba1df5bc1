using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Handler.BadJobs;

/// <summary>Functions that use memory, or space on a disk, through files.</summary>
public static unsafe class MappedFiles
{
    private const int Page = 4096;
    private static readonly List<object> Kept = [];

    /// <summary>Maps a file of this many MiB, reads all of it twice, half a second apart, and returns its number of pages.</summary>
    public static int ReadAll(string path, int mebibytes)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using var view = file.CreateViewAccessor(0, (long)mebibytes << 20, MemoryMappedFileAccess.Read);
        var pages = 0;
        for (var round = 0; round < 2; round++)
        {
            pages = 0;
            for (var at = 0L; at < view.Capacity; at += Page)
                pages += view.ReadByte(at) == 0 ? 1 : 0;
            Thread.Sleep(500);
        }

        return pages;
    }

    /// <summary>Writes a file of this many bytes, and returns the id of the process that has written it.</summary>
    public static int Write(string path, int bytes)
    {
        File.WriteAllBytes(path, new byte[bytes]);
        return Environment.ProcessId;
    }

    /// <summary>Fills this many MiB of shared memory and holds them.</summary>
    public static int FillShared(int mebibytes)
    {
        var file = MemoryMappedFile.CreateNew(null, (long)mebibytes << 20);
        var view = file.CreateViewAccessor();
        Kept.Add(view);
        for (var at = 0L; at < view.Capacity; at += Page)
            view.Write(at, (byte)1);
        CpuHogs.Sleep();
        return 0;
    }

    /// <summary>Writes this many MiB to an in-memory file that is never mapped, and holds it.</summary>
    public static int FillMemoryFile(int mebibytes)
    {
        fixed (byte* name = "hog\0"u8)
            Write(NativeCalls.MemoryFile(name, 0), mebibytes);
        CpuHogs.Sleep();
        return 0;
    }

    /// <summary>Writes this many MiB to a file without a name, and holds it.</summary>
    public static int FillUnlinked(string directory, int mebibytes)
    {
        var path = Path.Combine(directory, "hog-" + Guid.NewGuid().ToString("N"));
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        File.Delete(path);
        Kept.Add(file);
        Write((int)file.DangerousGetHandle(), mebibytes);
        CpuHogs.Sleep();
        return 0;
    }

    /// <summary>Makes a file of this many MiB in memory that the kernel itself cannot read, and hangs.</summary>
    /// <returns>-1 if the system has no such files, or refuses one.</returns>
    public static int HoldSecretMemory(int mebibytes)
    {
        var file = NativeCalls.SecretMemoryFile(447, 0);
        if (file < 0 || NativeCalls.SetLength(file, (nint)mebibytes << 20) != 0)
            return -1;
        CpuHogs.Sleep();
        return 0;
    }

    /// <summary>Adds this many MiB to an unlinked file in an in-memory folder, keeps the file open, and returns the process id.</summary>
    public static int AddToKeptFile(string directory, int mebibytes)
    {
        if (Kept.OfType<SafeFileHandle>().FirstOrDefault() is not { } file)
        {
            var path = Path.Combine(directory, "kept-" + Guid.NewGuid().ToString("N"));
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
            File.Delete(path);
            Kept.Add(file);
        }

        Write((int)file.DangerousGetHandle(), mebibytes);
        return Environment.ProcessId;
    }

    private static void Write(int descriptor, int mebibytes)
    {
        var block = new byte[1 << 20];
        fixed (byte* bytes = block)
        {
            for (var i = 0; i < mebibytes; i++)
                _ = NativeCalls.Write(descriptor, bytes, block.Length);
        }
    }
}
