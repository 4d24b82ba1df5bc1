using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Sends items to one pool, with few calls at a time. While these are pending, further items wait and are then sent as one batch. Nothing
/// is allocated for a call that completes synchronously.
/// </summary>
internal sealed class RequestBatcher<TItem, TReply>(
    Func<TItem, ValueTask<TReply>> sendOne,
    Func<TItem[], ValueTask<TReply[]>> sendMany,
    Func<TItem, TimeSpan> timeoutOf,
    TimeProvider time,
    BackgroundWork background)
{
    private readonly Queue<(TItem Item, TaskCompletionSource<TReply> Reply)> waiting = [];
    private int calls;

    /// <summary>Sends an item. Never throws synchronously. If the returned task fails, it is unknown whether the item arrived.</summary>
    public ValueTask<TReply> SendAsync(TItem item)
    {
        if (calls < Tuning.Pools.MaxBatches && waiting.Count == 0)
        {
            var call = SendOneAsync(item);
            return call.IsCompleted ? call : ListenAsync(call, timeoutOf(item));
        }

        var reply = new TaskCompletionSource<TReply>();
        waiting.Enqueue((item, reply));
        return new ValueTask<TReply>(reply.Task);
    }

    private ValueTask<TReply> SendOneAsync(TItem item)
    {
        try
        {
            return sendOne(item);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<TReply>(exception);
        }
    }

    private async ValueTask<TReply> ListenAsync(ValueTask<TReply> call, TimeSpan timeout)
    {
        calls++;
        try
        {
            return await call.AsTask().WaitAsync(timeout, time);
        }
        finally
        {
            calls--;
            if (waiting.Count > 0)
                background.Run("the sending of a batch", SendWaitingAsync(), FailWaiting);
        }
    }

    private async Task SendWaitingAsync()
    {
        calls++;
        try
        {
            while (waiting.Count > 0)
                await SendAsync(NextBatch());
        }
        finally
        {
            calls--;
        }
    }

    private (TItem Item, TaskCompletionSource<TReply> Reply)[] NextBatch()
    {
        var batch = new (TItem Item, TaskCompletionSource<TReply> Reply)[Math.Min(waiting.Count, Tuning.Pools.MaxBatch)];
        for (var i = 0; i < batch.Length; i++)
            batch[i] = waiting.Dequeue();
        return batch;
    }

    private async Task SendAsync((TItem Item, TaskCompletionSource<TReply> Reply)[] batch)
    {
        try
        {
            var timeout = batch.Max(entry => timeoutOf(entry.Item));
            var replies = await sendMany(Array.ConvertAll(batch, entry => entry.Item)).AsTask().WaitAsync(timeout, time);
            for (var i = 0; i < batch.Length; i++)
                batch[i].Reply.SetResult(replies[i]);
        }
        catch (Exception exception)
        {
            // It is unknown whether the batch arrived; each sender decides what to do about that.
            foreach (var (_, reply) in batch)
                reply.TrySetException(exception);
        }
    }

    private void FailWaiting(Exception exception)
    {
        while (waiting.TryDequeue(out var entry))
            entry.Reply.TrySetException(exception);
    }
}
