using Handler.Embedded;
using Handler.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Hosting;

/// <summary>When the handler of a host starts, and what it does before and after. Its workers are objects of the test.</summary>
public sealed class HostedHandlerTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<EmbeddedNode> node = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HostedHandler handler;
    private int starts;

    public HostedHandlerTests() => handler = new HostedHandler(() =>
    {
        starts++;
        return node.Task;
    });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed");

    [Fact]
    public async Task A_handler_starts_once_with_the_host_or_with_its_first_use()
    {
        Assert.Equal(0, starts);
        var added = handler.TryAddPoolAsync("pool", null, default);
        var started = handler.StartAsync(default);
        Assert.False(added.IsCompleted || started.IsCompleted);
        await StartNode();
        await Wait.For(started, "the start");
        Assert.True(await Wait.For(added));
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task To_get_a_pool_starts_nothing()
    {
        Assert.Throws<ArgumentNullException>(() => handler.GetPool(null!));
        var pool = handler.GetPool("pool");
        Assert.Equal(("pool", 0), (pool.Name, starts));
        await StartNode();
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Wait.For(pool.GetSnapshotAsync()));
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task A_job_waits_for_the_start_and_a_later_job_does_not()
    {
        var early = handler.RunAsync(static () => 1);
        Assert.False(early.IsCompleted);
        await StartNode();
        Assert.IsType<JobFailed>((await Wait.For(early)).Failure);
        Assert.IsType<JobFailed>((await Wait.For(handler.RunAsync(static () => 1))).Failure);
    }

    [Fact]
    public async Task Pools_are_added_changed_and_removed_in_the_node()
    {
        await StartNode();
        Assert.True(await handler.TryAddPoolAsync("pool", static pool => pool.MaxWorkers = 3, default));
        Assert.False(await handler.TryAddPoolAsync("pool", null, default));
        Assert.True(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers = 4, default));
        Assert.Equal(4, (await handler.GetPool("pool").GetSnapshotAsync()).MaxWorkers);
        Assert.True(await handler.RemovePoolAsync("pool", default));
        Assert.False(await handler.RemovePoolAsync("pool", default));
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_cancel_the_start()
    {
        using var cancel = new CancellationTokenSource();
        var started = handler.StartAsync(cancel.Token);
        var removed = handler.RemovePoolAsync("pool", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(started, "the start"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(removed));
        await StartNode();
        Assert.False(await Wait.For(handler.RemovePoolAsync("pool", default)));
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task A_job_that_its_caller_cancels_does_not_wait_for_the_start()
    {
        using var cancel = new CancellationTokenSource();
        var pool = handler.GetPool("pool");
        Task<JobOutcome<int>>[] jobs =
        [
            handler.RunAsync(static () => 1, null, cancel.Token),
            pool.RunAsync(static () => 1, null, cancel.Token),
        ];
        Task[] starts =
        [
            pool.TryStartAsync(static () => 1, null, cancel.Token),
            pool.TryStartAsync(static () => { }, null, cancel.Token),
            pool.StartAsync(static () => 1, null, cancel.Token),
        ];
        await cancel.CancelAsync();
        foreach (var job in jobs)
            Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Wait.For(job)).Failure).Cause);
        foreach (var start in starts)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(start, "a job that is cancelled before the start"));
        await StartNode();
    }

    [Fact]
    public async Task A_start_that_fails_fails_every_call_and_the_handler_can_be_disposed()
    {
        node.SetException(new WorkerStartException("no process"));
        await Assert.ThrowsAsync<WorkerStartException>(() => handler.StartAsync(default));
        await Assert.ThrowsAsync<WorkerStartException>(() => handler.RunAsync(static () => 1));
        await Assert.ThrowsAsync<WorkerStartException>(() => handler.GetPool("pool").GetSnapshotAsync());
        await Wait.For(handler.StopAsync(default), "the stop");
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task Wrong_options_are_an_error_of_each_call_and_the_handler_starts_when_they_are_right()
    {
        var wrong = true;
        var late = new HostedHandler(() => wrong ? throw new ArgumentException("wrong") : node.Task);
        await Assert.ThrowsAsync<ArgumentException>(() => late.StartAsync(default));
        wrong = false;
        await StartNode();
        await Wait.For(late.StartAsync(default), "the start");
    }

    [Fact]
    public async Task A_handler_that_was_never_used_is_disposed_without_a_start_and_starts_no_more()
    {
        await handler.StopAsync(default);
        await handler.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => { _ = handler.RunAsync(static () => 1); });
        await Assert.ThrowsAsync<ObjectDisposedException>(() => handler.StartAsync(default));
        Assert.Equal(0, starts);
    }

    [Fact]
    public async Task A_handler_that_is_disposed_while_it_starts_waits_for_the_start_and_disposes_the_node()
    {
        var started = handler.StartAsync(default);
        var disposed = handler.DisposeAsync().AsTask();
        Assert.False(disposed.IsCompleted);
        var running = await StartNode();
        await Wait.For(disposed, "the handler to be disposed");
        await Wait.For(started, "the start");
        Assert.Throws<ObjectDisposedException>(running.ThrowIfDisposed);
        await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed again");
        Assert.Throws<ObjectDisposedException>(() => { _ = handler.RunAsync(static () => 1); });
    }

    [Fact]
    public async Task A_host_that_cannot_wait_any_longer_does_not_end_the_disposal()
    {
        var started = handler.StartAsync(default);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handler.StopAsync(new CancellationToken(canceled: true)));
        var running = await StartNode();
        await Wait.For(started, "the start");
        await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed");
        Assert.Throws<ObjectDisposedException>(running.ThrowIfDisposed);
    }

    /// <summary>Completes the start with a node whose jobs all fail.</summary>
    private async Task<EmbeddedNode> StartNode()
    {
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 0, SpareWorkers = 0 };
        var started = await Wait.For(
            EmbeddedNode.StartAsync(options, ScriptedPlatform.Failing(), NullLogger.Instance, default), "the start of a node");
        node.SetResult(started);
        return started;
    }
}
