using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// How much memory a process holds that the kernel cannot take back: anonymous and shared memory, files in memory that it has open, and, of this process itself, what waits in its sockets and pipes. Pages of files on a disk do not count, dirty ones
/// neither: the kernel writes them back.
/// </summary>
/// <remarks>
/// Usually it costs about 1 µs: <c>statm</c> tells all but shared memory from pages of files, so <c>status</c> is read only where their sum has changed. Both stay open: what is to be known must not depend on a free descriptor. From any thread.
/// </remarks>
internal sealed unsafe class ProcessMemory : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly Lock gate = new();
    private readonly byte[] descriptors;
    private readonly bool isSelf;
    private readonly int statm;
    private readonly int status;
    private long shared = long.MinValue / 2;
    private long sharedMemory;
    private long files;
    private long buffers;

    /// <param name="process">The process's name in <c>/proc</c>: its id, or <c>self</c>.</param>
    public ProcessMemory(string process)
    {
        isSelf = process == "self";
        descriptors = Encoding.ASCII.GetBytes($"/proc/{process}/fd\0");
        statm = Open(process, "statm");
        status = Open(process, "status");
    }

    /// <summary>What files in memory, sockets and pipes held when they were last looked at, in bytes.</summary>
    public long HeldByDescriptors => Volatile.Read(ref files) + Volatile.Read(ref buffers);

    /// <summary>What it holds, in bytes; 0 when that cannot be read, as when the process is gone.</summary>
    /// <param name="withDescriptors">Whether it is looked at anew what it holds through its descriptors: some µs for each of them.</param>
    public long Used(bool withDescriptors = false)
    {
        lock (gate)
        {
            var (resident, sharedNow) = ReadSizes();
            if (Math.Abs(sharedNow - shared) > Megabyte)
            {
                // Where it cannot be read, all of it counts.
                sharedMemory = ReadSharedMemory() ?? sharedNow;
                shared = sharedNow;
            }

            if (withDescriptors && DescriptorMemory.Held(descriptors, isSelf) is var (inFiles, inBuffers))
                (files, buffers) = (inFiles, inBuffers);

            // A mapped file in memory is in both.
            return resident - sharedNow + Math.Max(sharedMemory, files) + buffers;
        }
    }

    /// <summary>
    /// What another process holds, in bytes. What it shares with others since it was forked counts by parts, as long as it is large enough for that to matter and may be looked at.
    /// </summary>
    public static long UsedBy(int process)
    {
        const long small = 16 * Megabyte;
        using var memory = new ProcessMemory(process.ToString(CultureInfo.InvariantCulture));
        var used = memory.Used();
        if (used < small)
            return used;
        var file = Open(process.ToString(CultureInfo.InvariantCulture), "smaps_rollup");
        if (file < 0 && Marshal.GetLastPInvokeError() is EMFILE or ENFILE)
            return 0; // this process has no free descriptor, so it is not known
        Span<byte> text = stackalloc byte[4096];
        var parts = text[..Read(file, text)];
        _ = Close(file);
        return Kilobytes(parts, "Pss_Anon:"u8) is { } anonymous && Kilobytes(parts, "Pss_Shmem:"u8) is { } shared ? anonymous + shared : used;
    }

    public void Dispose()
    {
        _ = Close(statm);
        _ = Close(status);
    }

    /// <summary>Resident memory, and what of it is of files or shared; in bytes.</summary>
    private (long Resident, long Shared) ReadSizes()
    {
        var text = stackalloc byte[128];
        var line = new ReadOnlySpan<byte>(text, (int)Math.Max(0, PRead(statm, text, 128, 0)));
        var page = Environment.SystemPageSize;
        _ = NextNumber(ref line); // the size of its address space
        return (NextNumber(ref line) * page, NextNumber(ref line) * page);
    }

    private long? ReadSharedMemory()
    {
        Span<byte> text = stackalloc byte[4096];
        return Kilobytes(text[..Read(status, text)], "RssShmem:"u8);
    }

    private static int Open(string process, string name)
    {
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/{process}/{name}\0"))
            return LibC.Open(path, O_RDONLY | O_CLOEXEC);
    }

    private static int Read(int file, Span<byte> text)
    {
        fixed (byte* bytes = text)
            return (int)Math.Max(0, PRead(file, bytes, text.Length, 0));
    }

    /// <summary>The number behind a key, which is in kB there, in bytes; <see langword="null"/> where there is no such key.</summary>
    private static long? Kilobytes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        var at = text.IndexOf(key);
        if (at < 0)
            return null;
        var line = text[(at + key.Length)..];
        while (line.Length > 0 && line[0] is (byte)' ' or (byte)'\t') // TrimStart would have to be compiled while a worker starts
            line = line[1..];
        return NextNumber(ref line) * 1024;
    }

    /// <summary>Takes a number and the space behind it from the front of a line; 0 where there is none.</summary>
    private static long NextNumber(ref ReadOnlySpan<byte> line)
    {
        long number = 0;
        var at = 0;
        for (; at < line.Length && line[at] is >= (byte)'0' and <= (byte)'9'; at++)
            number = (number * 10) + line[at] - '0';
        line = line[Math.Min(line.Length, at + 1)..];
        return number;
    }
}
