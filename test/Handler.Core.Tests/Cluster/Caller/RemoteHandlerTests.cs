using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Cluster;

/// <summary>A handler of a cluster, as its callers see it. What becomes of one call is in <see cref="RemoteCallTests"/>.</summary>
public sealed class RemoteHandlerTests : IAsyncLifetime
{
    private readonly ScriptedCluster cluster = new();
    private readonly IHandler handler;

    public RemoteHandlerTests() => handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed");

    [Fact]
    public async Task Each_call_of_a_handler_has_its_own_id()
    {
        cluster.Reply = static _ => new CallReply(CallState.Ended, ScriptedCluster.Node, null, EncodedOutcome.Of(new JobLost("gone")));
        await Wait.For(handler.RunAsync(static () => 1));
        await Wait.For(handler.RunAsync(static () => 2));
        Assert.Equal([null, null], cluster.Jobs.Select(static job => job.Pool));
        Assert.Single(cluster.Jobs.Select(static job => job.Call.Caller).Distinct());
        Assert.Equal(2, cluster.Jobs.Select(static job => job.Call.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task An_option_that_only_pools_use_is_refused_before_anything_is_sent()
    {
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await handler.RunAsync(static () => 1, new JobOptions { Wait = TimeSpan.FromSeconds(1) }));
        Assert.Empty(cluster.Jobs);
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_is_a_failure_with_the_usage_of_its_job()
    {
        var usage = new JobUsage { WorkerPid = 7 };
        var encoded = new EncodedOutcome(null, new byte[] { 99 }, usage, null);
        cluster.Reply = _ => new CallReply(CallState.Ended, ScriptedCluster.Node, null, encoded);
        var outcome = await Wait.For(handler.RunAsync(static () => "text"));
        Assert.IsType<JobFailed>(outcome.Failure);
        Assert.Equal(7, outcome.Usage!.WorkerPid);
    }

    [Fact]
    public async Task A_pool_is_added_unless_it_exists()
    {
        cluster.Results.Enqueue(new PoolChange(true, []));
        cluster.Results.Enqueue(new PoolChange(false, []));
        Assert.True(await handler.TryAddPoolAsync("pool", static pool => pool.MaxWorkers = 3));
        Assert.False(await handler.TryAddPoolAsync("pool"));
        var (pool, configuration, version) = cluster.Changes[0];
        Assert.Equal(("pool", 3, null), (pool, configuration.Limits.MaxWorkers, version));
    }

    [Fact]
    public async Task A_pool_that_changes_meanwhile_is_changed_from_its_new_configuration()
    {
        cluster.Pools.Enqueue(Present(workers: 1, version: 8));
        cluster.Pools.Enqueue(Present(workers: 5, version: 9));
        cluster.Results.Enqueue(new PoolChange(false, []));
        cluster.Results.Enqueue(new PoolChange(true, []));
        Assert.True(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers++));
        Assert.Equal(
            [(2, 8L), (6, 9L)],
            cluster.Changes.Select(static change => (change.Configuration.Limits.MaxWorkers, change.Version!.Value)));
    }

    [Fact]
    public async Task A_pool_that_is_gone_is_not_changed()
    {
        Assert.False(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers++));
        cluster.Pools.Enqueue(Present(workers: 1, version: 8));
        cluster.Results.Enqueue(new PoolChange(false, []));
        Assert.False(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers++));
    }

    [Fact]
    public async Task All_errors_of_a_configuration_are_reported()
    {
        cluster.Results.Enqueue(new PoolChange(false, ["The first error.", "The second error."]));
        var error = await Assert.ThrowsAsync<ArgumentException>(() => handler.TryAddPoolAsync("pool"));
        Assert.Contains("The first error.", error.Message);
        Assert.Contains("The second error.", error.Message);
    }

    [Fact]
    public async Task A_pool_is_removed_by_its_name()
    {
        Assert.True(await handler.RemovePoolAsync("pool"));
        Assert.Equal(["pool"], cluster.Removed);
    }

    [Fact]
    public async Task A_handler_that_is_disposed_stops_its_jobs_and_takes_no_more_calls()
    {
        var running = handler.RunAsync(static () => 1);
        await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed");
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Wait.For(running)).Failure).Cause);
        Assert.True(Assert.Single(cluster.Stops).Immediately);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handler.RunAsync(static () => 1));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => handler.TryAddPoolAsync("pool"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => handler.GetPool("pool").GetSnapshotAsync());
    }

    private static VersionedPool Present(int workers, long version)
        => new(new PoolConfiguration { Limits = new PoolLimits(workers, long.MaxValue) }, version);
}
