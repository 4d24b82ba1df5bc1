using Handler.Embedded;
using Handler.Nodes;
using Handler.Pools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Embedded;

/// <summary>How the pools of a process are added, changed and removed, and which jobs a kill counts. No worker is started.</summary>
public sealed class EmbeddedPoolsTests : IAsyncLifetime
{
    private const int Promises = 1102, Added = 1103, Changed = 1104, Removed = 1105;

    private readonly RecordingLogger logger = new();
    private readonly HandlerOptions options = new() { MaxWorkers = 1, MinWorkers = 0, SpareWorkers = 0 };
    private Node node = null!;
    private EmbeddedPools pools = null!;

    public async Task InitializeAsync()
    {
        var platform = new ScriptedPlatform(static (_, _) => { });
        node = await Wait.For(Node.StartAsync(options, platform, NullLogger.Instance, default), "the start of a node");
        options.AddPool("configured", static pool => pool.MaxWorkers = 2);
        pools = Create();
    }

    public async Task DisposeAsync() => await Wait.For(node.DisposeAsync().AsTask(), "the node to be disposed");

    [Fact]
    public void The_configured_pools_exist_and_keep_their_options()
    {
        options.Pools["configured"].MaxWorkers = 9;
        Assert.Equal(2, MaxWorkersOf("configured"));
        Assert.True(pools.Change("configured", static pool => pool.MaxMemoryBytes = 5));
        Assert.Equal(2, MaxWorkersOf("configured"));
        Assert.Null(MaxWorkersOf("other"));
    }

    [Fact]
    public void A_pool_is_added_once()
    {
        Assert.True(pools.Add("pool", static pool => pool.MaxWorkers = 3));
        Assert.False(pools.Add("pool", static pool => pool.MaxWorkers = 4));
        Assert.Equal(3, MaxWorkersOf("pool"));
        Assert.True(pools.Add("default", null));
        Assert.Equal(2, logger.Lines.Count(static line => line.Id == Added));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public void A_pool_without_a_name_is_not_added(string? name) => Assert.ThrowsAny<ArgumentException>(() => pools.Add(name!, null));

    [Fact]
    public void A_pool_with_errors_is_neither_added_nor_changed()
    {
        var error = Assert.Throws<ArgumentException>(() => pools.Add("pool", static pool => pool.Parent = "missing")).Message;
        Assert.Contains("which does not exist", error);
        Assert.Null(MaxWorkersOf("pool"));
        Assert.True(pools.Add("pool", null));
        Assert.Throws<ArgumentException>(() => pools.Change("pool", static pool => (pool.MaxWorkers, pool.Parent) = (7, "pool")));
        Assert.NotEqual(7, MaxWorkersOf("pool"));
        Assert.True(pools.Change("pool", static pool => pool.MaxWorkers = 6)); // without the refused parent
        Assert.Single(logger.Lines, static line => line.Id == Changed);
    }

    [Fact]
    public void The_options_that_a_caller_keeps_do_not_change_the_pool_later()
    {
        PoolOptions? kept = null;
        pools.Add("pool", pool => kept = pool);
        kept!.MaxWorkers = 77;
        pools.Change("pool", static pool => pool.MaxWaiting = 1);
        Assert.NotEqual(77, MaxWorkersOf("pool"));
    }

    [Fact]
    public void A_change_of_a_pool_that_does_not_exist_changes_nothing()
    {
        Assert.False(pools.Change("pool", static _ => Assert.Fail("There is nothing to change.")));
        Assert.Throws<ArgumentNullException>(() => pools.Change(null!, static _ => { }));
        Assert.Throws<ArgumentNullException>(() => pools.Change("pool", null!));
        Assert.Empty(logger.Lines);
    }

    [Fact]
    public void A_change_that_another_one_overtakes_is_made_again_on_what_that_one_has_left()
    {
        var calls = 0;
        Assert.True(pools.Change("configured", pool =>
        {
            if (calls++ == 0)
                pools.Change("configured", static other => other.MaxWaiting = 5);
            pool.MaxWorkers = 4;
        }));
        Assert.Equal((2, 4), (calls, MaxWorkersOf("configured")));
        pools.Change("configured", static pool => Assert.Equal((4, 5), (pool.MaxWorkers, pool.MaxWaiting)));
    }

    [Fact]
    public void A_change_of_a_pool_that_is_removed_meanwhile_does_not_bring_it_back()
    {
        Assert.False(pools.Change("configured", _ => pools.Remove("configured")));
        Assert.Null(MaxWorkersOf("configured"));
    }

    [Fact]
    public void A_pool_is_removed_once_and_may_be_added_again()
    {
        Assert.True(pools.Remove("configured"));
        Assert.False(pools.Remove("configured"));
        Assert.Throws<ArgumentNullException>(() => pools.Remove(null!));
        Assert.Null(MaxWorkersOf("configured"));
        Assert.True(pools.Add("configured", null));
        Assert.Single(logger.Lines, static line => line.Id == Removed);
    }

    [Fact]
    public void Only_a_pool_without_a_parent_warns_of_more_memory_than_there_is()
    {
        pools.Add("honest", static pool => pool.MaxMemoryBytes = 1);
        pools.Add("child", static pool => (pool.MaxMemoryBytes, pool.Parent) = (1L << 50, "honest"));
        Assert.DoesNotContain(logger.Lines, static line => line.Id == Promises);
        pools.Add("generous", static pool => pool.MaxMemoryBytes = 1L << 50);
        Assert.Contains("Pool generous", Assert.Single(logger.Lines, static line => line.Id == Promises).Text);
        options.AddPool("configured too", static pool => pool.MaxMemoryBytes = 1L << 50);
        Create();
        Assert.Equal(2, logger.Lines.Count(static line => line.Id == Promises));
    }

    [Fact]
    public async Task A_kill_counts_the_jobs_that_it_has_ended()
    {
        var (ended, running) = (new TestJob(1) { Decided = true }, new TestJob(2));
        pools.Change("configured", static pool => pool.MaxWorkers = 4);
        (await Admit()).Attach(ended);
        (await Admit()).Attach(running);
        (await Admit()).Attach(new OtherRunner()); // something else runs it, which this cannot kill
        var unstarted = await Admit();
        Assert.Equal(2, pools.Kill("configured", KillTarget.All, "why"));
        Assert.Equal(EmbeddedPools.UserKilled("why"), running.Stopped);
        Assert.Equal("why", unstarted.Attach(new TestJob(3)));
        Assert.Equal(0, pools.Kill("configured", KillTarget.All, "again"));
        Assert.Equal(0, pools.Kill("other", KillTarget.All, "why"));
    }

    [Fact]
    public async Task A_kill_reaches_the_jobs_of_a_removed_pool()
    {
        var job = new TestJob(1);
        (await Admit()).Attach(job);
        pools.Remove("configured");
        Assert.Equal(1, pools.Kill("configured", KillTarget.All, "why"));
        Assert.NotNull(job.Stopped);
    }

    private sealed class OtherRunner : ILeaseRunner;

    private EmbeddedPools Create() => new(options, node.Dispatcher, logger, node.Closing);

    private int? MaxWorkersOf(string pool) => pools.Local.GetSnapshot(pool)?.MaxWorkers;

    private async Task<Lease> Admit()
    {
        var request = new AdmissionRequest { Pool = "configured", Bytes = 0, PoolTimeout = TimeSpan.FromSeconds(1) };
        return (await Wait.For(pools.Local.AdmitAsync(request).AsTask())).Lease!;
    }
}
