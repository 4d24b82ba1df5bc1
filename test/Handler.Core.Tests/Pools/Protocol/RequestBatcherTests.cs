using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class RequestBatcherTests
{
    private readonly VirtualProcess process = new();
    private readonly List<TaskCompletionSource<int>> calls = [];
    private readonly List<int[]> batches = [];
    private Func<int[], ValueTask<int[]>> sendMany = items => ValueTask.FromResult(items);

    private RequestBatcher<int, int> Batcher => field ??= new(
        _ =>
        {
            calls.Add(new TaskCompletionSource<int>());
            return new ValueTask<int>(calls[^1].Task);
        },
        items =>
        {
            batches.Add(items);
            return sendMany(items);
        },
        _ => TimeSpan.FromSeconds(1),
        process.Time,
        Background);

    private static BackgroundWork Background { get; }
        = new(static (work, exception) => throw new InvalidOperationException(work, exception), inTurns: true);

    [Fact]
    public void Calls_that_wait_for_the_same_pool_are_sent_in_one_batch()
    {
        var replies = Send(20);
        Assert.Equal(2, calls.Count);
        Assert.Empty(batches);
        process.Turn(() => calls[0].TrySetResult(0));
        Assert.Equal(18, Assert.Single(batches).Length);
        Assert.Equal(Enumerable.Range(2, 18), replies.Skip(2).Select(reply => reply.Now()));
    }

    [Fact]
    public void A_call_that_completes_synchronously_is_sent_alone()
    {
        var batcher = new RequestBatcher<int, int>(
            ValueTask.FromResult, _ => throw new NotSupportedException(), _ => TimeSpan.FromSeconds(1), process.Time, Background);
        var replies = process.Turn(() => new[] { 1, 2, 3 }.Select(batcher.SendAsync).ToList());
        Assert.Equal([1, 2, 3], replies.Select(reply => reply.Now()));
    }

    [Fact]
    public void A_batch_has_at_most_a_thousand_items()
    {
        Send(1_502);
        process.Turn(() => calls[0].TrySetResult(0));
        Assert.Equal([1_000, 500], batches.Select(batch => batch.Length));
    }

    [Fact]
    public void A_lost_call_delays_the_others_at_most_until_its_timeout()
    {
        var replies = Send(3);
        process.Advance(999);
        Assert.Empty(batches);
        process.Advance(2);
        Assert.Equal([2], Assert.Single(batches));
        Assert.IsType<TimeoutException>(replies[0].Exception!.InnerException);
        Assert.Equal(2, replies[2].Now());
    }

    [Fact]
    public void A_failure_of_a_batch_is_the_failure_of_each_item()
    {
        sendMany = _ => ValueTask.FromException<int[]>(new IOException("lost"));
        var replies = Send(4);
        process.Turn(() => calls[0].TrySetResult(0));
        Assert.All(replies.Skip(2), reply => Assert.IsType<IOException>(reply.Exception!.InnerException));
    }

    [Fact]
    public void A_call_that_throws_is_a_failed_task()
    {
        var batcher = new RequestBatcher<int, int>(
            _ => throw new IOException("no"), ValueTask.FromResult, _ => TimeSpan.FromSeconds(1), process.Time, Background);
        Assert.True(process.Turn(() => batcher.SendAsync(1).AsTask()).IsFaulted);
    }

    private List<Task<int>> Send(int count)
        => process.Turn(() => Enumerable.Range(0, count).Select(item => Batcher.SendAsync(item).AsTask()).ToList());
}
