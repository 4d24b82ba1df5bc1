namespace Handler.Bench.PingPong;

/// <summary>The child: sends every message back, each in a separate write, until its parent closes the pipe.</summary>
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
