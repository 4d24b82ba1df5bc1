using System.Runtime.InteropServices;
using static Handler.WorkerTuning.Values;

namespace Handler.Wire;

/// <summary>
/// Splits a byte stream into frames. A frame begins with its length as a 32-bit little-endian number; a length outside
/// [<paramref name="least"/>, <paramref name="most"/>] violates the protocol. A claimed length is trusted up to <paramref name="trusted"/>
/// bytes. Beyond that, the buffer grows with the bytes that actually arrive.
/// </summary>
internal sealed class FrameReader(int least, int most, int trusted = 1 << 20)
{
    private byte[] buffer = GC.AllocateUninitializedArray<byte>(FrameBuffer);
    private int start;
    private int end;

    /// <summary>The number of buffered bytes that do not form a whole frame yet.</summary>
    public int Pending => end - start;

    /// <summary>The buffered bytes of the incomplete frame.</summary>
    public ReadOnlySpan<byte> Begun => buffer.AsSpan(start, end - start);

    /// <summary>The size of the buffer that the next <see cref="Free"/> will allocate, in bytes; 0 if none.</summary>
    public long Growth
        => end == buffer.Length && Pending > buffer.Length / 2 ? Grown(Math.Clamp(MemoryMarshal.Read<int>(Begun), 0, most)) : 0;

    /// <summary>Space for the next bytes; at least one byte.</summary>
    public Span<byte> Free()
    {
        if (end == buffer.Length)
            MakeRoom();
        return buffer.AsSpan(end);
    }

    /// <summary>Accepts the bytes that were put into <see cref="Free"/>.</summary>
    public void Advance(int count) => end += count;

    /// <summary>Returns the next whole frame, head and body. It is valid until the next call of <see cref="Free"/>.</summary>
    /// <exception cref="FrameException">The stream contains no valid frame here.</exception>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (end - start < sizeof(int))
            return Nothing();
        var length = MemoryMarshal.Read<int>(buffer.AsSpan(start));
        if (length < least || length > most)
            throw new FrameException($"A frame claims {length} bytes; it must have between {least} and {most}.");
        if (end - start < length)
            return Nothing();
        frame = buffer.AsSpan(start, length);
        start += length;
        return true;
    }

    /// <summary>
    /// Takes the memory of the last bytes of the frame that <see cref="TryRead"/> returned last. The reader no longer writes to it.
    /// </summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        var from = start - count;
        if (count < buffer.Length / 2)
            return buffer.AsSpan(from, count).ToArray();
        var taken = buffer.AsMemory(from, count);
        var rest = buffer.AsSpan(start, end - start);
        buffer = GC.AllocateUninitializedArray<byte>(Math.Max(FrameBuffer, rest.Length));
        rest.CopyTo(buffer);
        (start, end) = (0, rest.Length);
        return taken;
    }

    private bool Nothing()
    {
        if (start == end)
        {
            start = end = 0;
            if (buffer.Length > 16 * FrameBuffer)
                buffer = GC.AllocateUninitializedArray<byte>(FrameBuffer);
        }

        return false;
    }

    private long Grown(long claimed)
    {
        var size = Math.Max(2L * buffer.Length, Math.Min(claimed, trusted) + FrameBuffer);
        return Math.Min(Math.Min(size, Math.Max(claimed, buffer.Length) + FrameBuffer), Array.MaxLength);
    }

    private void MakeRoom()
    {
        var pending = end - start;
        var target = buffer;
        if (Growth is > 0 and var size)
            target = GC.AllocateUninitializedArray<byte>((int)size);
        Buffer.BlockCopy(buffer, start, target, 0, pending);
        buffer = target;
        start = 0;
        end = pending;
    }
}
