namespace Handler.Bench.PingPong;

/// <summary>The far end: sends every message back, each in a write of its own, until its parent closes the pipe.</summary>
internal static class PingPongChild
{
    public static int Run(int readFrom, int writeTo)
    {
        var reader = new MessageReader(readFrom);
        while (reader.Next() is { IsEmpty: false } message)
            RawPipe.Write(writeTo, message);
        return 0;
    }
}
