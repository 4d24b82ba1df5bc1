using Handler.Embedded;
using Handler.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Hosting;

/// <summary>A pool whose handler has not started yet. Its workers are objects of the test.</summary>
public sealed class HostedPoolTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<EmbeddedNode> node = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HostedPool pool;
    private int asked;

    public HostedPoolTests() => pool = new HostedPool("pool", () =>
    {
        asked++;
        return node.Task;
    });

    /// <summary>All calls of a pool that need its handler.</summary>
    public static TheoryData<string> Calls => ["run", "try start", "start", "kill by name", "kill by id", "kill all", "snapshot"];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (node.Task.IsCompletedSuccessfully)
            await node.Task.Result.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_waits_for_the_start_and_then_reaches_the_pool(string call)
    {
        var early = Call(call, default);
        Assert.False(early.IsCompleted);
        await StartNode();
        await Wait.For(early, call);
        await Wait.For(Call(call, default), call);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_that_is_cancelled_does_not_wait_for_the_start(string call)
    {
        using var source = new CancellationTokenSource();
        var waiting = Call(call, source.Token);
        await source.CancelAsync();
        if (call == "run")
            await Wait.For(waiting, "the outcome"); // it says that the caller has cancelled
        else
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(waiting, call));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_fails_as_the_start_has_failed(string call)
    {
        var early = Call(call, default);
        node.SetException(new WorkerStartException("no process"));
        await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(early, call));
        await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(Call(call, default), call));
    }

    [Fact]
    public async Task A_pool_that_has_found_its_handler_does_not_look_for_it_again()
    {
        Assert.Equal(("pool", 0), (pool.Name, asked));
        await StartNode();
        await pool.GetSnapshotAsync(default);
        await Wait.For(pool.RunAsync(static () => 1));
        Assert.Equal(1, asked);
    }

    private Task Call(string call, CancellationToken token) => call switch
    {
        "run" => pool.RunAsync(static () => 1, null, token),
        "try start" => pool.TryStartAsync(static () => 1, null, token),
        "start" => pool.StartAsync(static () => 1, null, token),
        "kill by name" => pool.KillAsync("report", null, token),
        "kill by id" => pool.KillAsync(new JobId(1, 2), null, token),
        "kill all" => pool.KillAllAsync(null, token),
        _ => pool.GetSnapshotAsync(token),
    };

    /// <summary>Completes the start with a node that has the pool and whose jobs all fail.</summary>
    private async Task StartNode()
    {
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 0, SpareWorkers = 0 };
        options.AddPool("pool");
        node.SetResult(await Wait.For(
            EmbeddedNode.StartAsync(options, ScriptedPlatform.Failing(), NullLogger.Instance, default), "the start of a node"));
    }
}
