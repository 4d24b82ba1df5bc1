using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>
/// Cuts a byte stream into frames. A frame begins with its length as a 32-bit little-endian number; a length outside
/// [<paramref name="least"/>, <paramref name="most"/>] breaks the protocol. Memory follows the bytes that really arrived, never
/// a length that was only claimed.
/// </summary>
internal sealed class FrameReader(int least, int most)
{
    private const int Usual = 64 << 10;

    private byte[] buffer = GC.AllocateUninitializedArray<byte>(Usual);
    private int start;
    private int end;

    /// <summary>How many bytes are here that are no whole frame yet.</summary>
    public int Pending => end - start;

    /// <summary>How large a buffer the next <see cref="Free"/> will allocate, in bytes; 0 if none.</summary>
    public long Growth => end == buffer.Length && Pending > buffer.Length / 2 ? Math.Min(2L * buffer.Length, Math.Min(Array.MaxLength, (long)most + Usual)) : 0;

    /// <summary>Room for the next bytes; at least one.</summary>
    public Span<byte> Free()
    {
        if (end == buffer.Length)
            MakeRoom();
        return buffer.AsSpan(end);
    }

    /// <summary>Takes in what was put into <see cref="Free"/>.</summary>
    public void Advance(int count) => end += count;

    /// <summary>Gives the next whole frame, head and body. It is valid until the next call of <see cref="Free"/>.</summary>
    /// <exception cref="FrameException">The stream holds no frame here.</exception>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (end - start < sizeof(int))
            return Nothing();
        var length = MemoryMarshal.Read<int>(buffer.AsSpan(start));
        if (length < least || length > most)
            throw new FrameException($"A frame claims {length} bytes; allowed is {least} to {most}.");
        if (end - start < length)
            return Nothing();
        frame = buffer.AsSpan(start, length);
        start += length;
        return true;
    }

    private bool Nothing()
    {
        if (start == end)
        {
            start = end = 0;
            if (buffer.Length > 16 * Usual)
                buffer = GC.AllocateUninitializedArray<byte>(Usual);
        }

        return false;
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
