using System.Collections.Concurrent;

namespace Handler.Bench.PingPong;

/// <summary>
/// A ping-pong for asynchronous callers: any number of messages in flight, one per write. One thread per child reads the replies and
/// completes the callers' tasks. This is the minimum that a handler with this kind of channel must do if it does not put several jobs in
/// one write.
/// </summary>
internal sealed class PingPongClient : IAsyncDisposable
{
    private readonly PingPongProcess process = new();
    private readonly ConcurrentQueue<TaskCompletionSource<long>> waiting = new();
    private readonly Lock writing = new();
    private readonly byte[] message = new byte[Message.Size];
    private readonly Thread reader;

    public PingPongClient()
    {
        reader = new Thread(CompleteReplies) { IsBackground = true, Name = "ping-pong replies" };
        reader.Start();
    }

    public async Task RoundTripAsync(long number)
    {
        // Continuations must not run on the reader's thread, because other callers' replies wait behind it.
        var reply = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (writing)
        {
            waiting.Enqueue(reply);
            Message.Write(message, number);
            RawPipe.Write(process.WriteTo, message);
        }

        if (await reply.Task != number)
            throw new InvalidOperationException("The ping-pong child did not send back what it got.");
    }

    public async ValueTask DisposeAsync()
    {
        process.CloseWriting();
        reader.Join();
        await process.DisposeAsync();
    }

    // Replies arrive in the order of the messages.
    private void CompleteReplies()
    {
        while (process.Reader.Next() is { IsEmpty: false } reply)
        {
            if (waiting.TryDequeue(out var caller))
                caller.SetResult(Message.Read(reply));
        }

        while (waiting.TryDequeue(out var caller))
            caller.SetException(new InvalidOperationException("The ping-pong child ended."));
    }
}
