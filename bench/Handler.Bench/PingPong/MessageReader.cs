namespace Handler.Bench.PingPong;

/// <summary>Splits the bytes from a pipe into messages. One read may return several.</summary>
internal sealed class MessageReader(int descriptor)
{
    private readonly byte[] buffer = new byte[64 * Message.Size];
    private int start;
    private int end;

    /// <summary>The next message, valid until the next call; empty if the other end is closed.</summary>
    public ReadOnlySpan<byte> Next()
    {
        while (end - start < Message.Size)
        {
            // The rest is always shorter than one message, so moving it to the front is cheap.
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);

            var count = RawPipe.Read(descriptor, buffer.AsSpan(end));
            if (count == 0)
                return [];
            end += count;
        }

        start += Message.Size;
        return buffer.AsSpan(start - Message.Size, Message.Size);
    }
}
