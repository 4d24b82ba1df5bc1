namespace Handler.Bench.PingPong;

/// <summary>The message: a number, then padding to about the size of a small job's frame.</summary>
internal static class Message
{
    public const int Size = 200;

    public static void Write(Span<byte> message, long number) => BitConverter.TryWriteBytes(message, number);

    public static long Read(ReadOnlySpan<byte> message) => BitConverter.ToInt64(message);
}
