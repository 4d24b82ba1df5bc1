using System.Diagnostics;
using System.IO.Pipes;

namespace Handler.Bench.PingPong;

/// <summary>
/// A child that echoes, with one anonymous pipe per direction. The child exits when its pipe is closed, so none is left behind however this
/// process ends.
/// </summary>
internal sealed class PingPongProcess : IAsyncDisposable
{
    private readonly AnonymousPipeServerStream toChild = new(PipeDirection.Out, HandleInheritability.Inheritable);
    private readonly AnonymousPipeServerStream fromChild = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly byte[] message = new byte[Message.Size];
    private readonly Process process;
    private long number;

    public PingPongProcess()
    {
        process = Process.Start(ChildProcess.StartInfo(
            ChildProcess.PingPongMode,
            toChild.GetClientHandleAsString(),
            fromChild.GetClientHandleAsString()))!;

        // The child has these ends now. A copy kept here would hide the child's exit, and the next child would inherit it.
        toChild.DisposeLocalCopyOfClientHandle();
        fromChild.DisposeLocalCopyOfClientHandle();

        WriteTo = (int)toChild.SafePipeHandle.DangerousGetHandle();
        Reader = new MessageReader((int)fromChild.SafePipeHandle.DangerousGetHandle());
    }

    public int WriteTo { get; }

    public MessageReader Reader { get; }

    /// <summary>Sends one message and blocks until it returns.</summary>
    public void RoundTrip()
    {
        Message.Write(message, ++number);
        RawPipe.Write(WriteTo, message);
        if (Reader.Next() is not { IsEmpty: false } reply || Message.Read(reply) != number)
            throw new InvalidOperationException("The ping-pong child did not send back what it got.");
    }

    /// <summary>Tells the child to exit: its reads reach the end of the pipe, and then the reads from it do.</summary>
    public void CloseWriting() => toChild.Dispose();

    public async ValueTask DisposeAsync()
    {
        CloseWriting();
        await process.WaitForExitAsync();
        process.Dispose();
        await fromChild.DisposeAsync();
    }
}
