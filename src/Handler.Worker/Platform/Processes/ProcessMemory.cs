using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The memory that a process holds and the kernel cannot reclaim: anonymous and shared memory, files in memory that it has open, and, for
/// this process itself, data waiting in its sockets and pipes. Pages of files on a disk do not count, not even dirty ones, because the
/// kernel can write them back.
/// </summary>
/// <remarks>
/// A reading usually costs about 1 µs. <c>statm</c> reports shared memory and pages of files only as a sum, so <c>status</c> is read only
/// if that sum has changed. Both files stay open, because a reading must not depend on a free descriptor. From any thread.
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

    /// <summary>The bytes held by files in memory, sockets and pipes when they were last examined.</summary>
    public long HeldByDescriptors => Volatile.Read(ref files) + Volatile.Read(ref buffers);

    /// <summary>The memory that it holds, in bytes; 0 if it cannot be read, for example because the process is gone.</summary>
    /// <param name="withDescriptors">Whether memory held through its descriptors is measured again, which costs some µs for each
    /// descriptor.</param>
    public long Used(bool withDescriptors = false)
    {
        lock (gate)
        {
            var (resident, sharedNow) = ReadSizes();
            if (Math.Abs(sharedNow - shared) > Megabyte)
            {
                // If shared memory cannot be read, the whole sum counts.
                sharedMemory = ReadSharedMemory() ?? sharedNow;
                shared = sharedNow;
            }

            if (withDescriptors && DescriptorMemory.Held(descriptors, isSelf) is var (inFiles, inBuffers))
                (files, buffers) = (inFiles, inBuffers);

            // A file in memory that is mapped is part of both numbers.
            return resident - sharedNow + Math.Max(sharedMemory, files) + buffers;
        }
    }

    /// <summary>
    /// The memory that another process holds, in bytes. Memory that it has shared with other processes since a fork counts proportionally,
    /// if it is large enough to matter and may be read.
    /// </summary>
    public static long UsedBy(int process) => PreciseOf(process).Bytes;

    /// <inheritdoc cref="UsedBy"/>
    /// <returns>The memory, and whether that is precise; otherwise all that it has shared counts in full.</returns>
    public static (long Bytes, bool IsPrecise) PreciseOf(int process)
    {
        var used = SizesOf(process).Held;
        if (used < WorkerTuning.Processes.SmallMemory)
            return (used, true);
        return ProportionalOf(process, out var isUnknown) is { } precise ? (precise, true) : (isUnknown ? 0 : used, isUnknown);
    }

    /// <summary>
    /// The part of a process's memory that counts for other processes: it has shared it with them since a fork. 0 if it may not be read.
    /// </summary>
    public static long SharedBy(int process)
    {
        var used = SizesOf(process).Held;
        return ProportionalOf(process, out _) is { } own ? Math.Max(0, used - own) : 0;
    }

    /// <summary>
    /// The memory that another process holds, and the pages of files that it has mapped, in bytes. Memory that it has shared with others
    /// since a fork counts in full. Takes about 20 µs and allocates nothing.
    /// </summary>
    public static (long Held, long FilePages) SizesOf(int process)
    {
        var file = ProcEntries.Open(process, "/status\0"u8);
        Span<byte> text = stackalloc byte[4096];
        var parts = text[..Read(file, text)];
        _ = Close(file);
        return ((Kilobytes(parts, "RssAnon:"u8) ?? 0) + (Kilobytes(parts, "RssShmem:"u8) ?? 0), Kilobytes(parts, "RssFile:"u8) ?? 0);
    }

    /// <summary>The largest resident size that this process has had, pages of files included, in bytes; 0 if it cannot be read.</summary>
    public long HighestResident()
    {
        Span<byte> text = stackalloc byte[4096];
        return Kilobytes(text[..Read(status, text)], "VmHWM:"u8) ?? 0;
    }

    public void Dispose()
    {
        _ = Close(statm);
        _ = Close(status);
    }

    /// <summary>Resident memory, and the part of it that belongs to files or is shared; in bytes.</summary>
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

    /// <param name="process">The process.</param>
    /// <param name="isUnknown">Whether it cannot be read because this process has no free descriptor.</param>
    private static long? ProportionalOf(int process, out bool isUnknown)
    {
        var file = ProcEntries.Open(process, "/smaps_rollup\0"u8);
        isUnknown = file < 0 && Marshal.GetLastPInvokeError() is (EMFILE or ENFILE);
        if (file < 0)
            return null;
        Span<byte> text = stackalloc byte[4096];
        var parts = text[..Read(file, text)];
        _ = Close(file);
        return Kilobytes(parts, "Pss_Anon:"u8) + Kilobytes(parts, "Pss_Shmem:"u8);
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

    /// <summary>The number after a key, converted from kB to bytes; <see langword="null"/> if there is no such key.</summary>
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

    /// <summary>Removes a number and the space after it from the start of a line; 0 if there is none.</summary>
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
