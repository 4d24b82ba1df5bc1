using Handler.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Embedded;

/// <summary>A pool of an embedded handler. Its workers are objects of the test: a job runs until it is killed.</summary>
public sealed class EmbeddedPoolTests : IAsyncLifetime
{
    private static readonly JobOptions Waits = new() { Wait = TimeSpan.FromMinutes(5) };

    private EmbeddedNode node = null!;
    private IPool pool = null!, closed = null!;

    public async Task InitializeAsync()
    {
        var platform = ScriptedPlatform.Claiming(static (_, _) => { });
        var options = new HandlerOptions { MaxWorkers = 2, MinWorkers = 0, SpareWorkers = 0 }
            .AddPool("pool", static pool => (pool.MaxWorkers, pool.MaxWaiting) = (1, 1))
            .AddPool("closed", static pool => pool.MaxWorkers = 0);
        node = await Wait.For(EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default), "the start of a node");
        (pool, closed) = (node.GetPool("pool"), node.GetPool("closed"));
    }

    public async Task DisposeAsync() => await Wait.For(node.DisposeAsync().AsTask(), "the node to be disposed");

    [Fact]
    public async Task A_function_is_not_encoded_for_a_job_that_is_rejected_immediately()
    {
        using var stream = new MemoryStream();
        Assert.IsType<JobRejected>((await Wait.For(closed.RunAsync(() => stream.Length))).Failure);
        Assert.Throws<FunctionNotPortableException>(() => { _ = pool.RunAsync(() => stream.Length); });
        Assert.Equal(0, (await pool.GetSnapshotAsync()).UsedWorkers);
    }

    [Fact]
    public async Task A_job_that_is_started_is_killed_by_its_name_and_its_share_is_free_before_its_caller_knows()
    {
        await using var job = await Wait.For(pool.StartAsync(static () => 1, new JobOptions { Name = "report" }));
        Assert.Equal([("report", job.Id)], (await pool.GetSnapshotAsync()).Running.Select(static running => (running.Name, running.Job)));
        Assert.Equal(0, await pool.KillAsync("other"));
        Assert.Equal(1, await pool.KillAsync("report"));
        Assert.Equal(KillCause.UserKilled, Assert.IsType<JobKilled>((await Wait.For(job.Outcome)).Failure).Cause);
        Assert.Equal(0, (await pool.GetSnapshotAsync()).UsedWorkers);
        Assert.False(await pool.KillAsync(job.Id));
    }

    [Fact]
    public async Task A_job_that_waits_starts_when_there_is_room()
    {
        await using var first = await Wait.For(pool.StartAsync(static () => 1));
        var second = pool.StartAsync(static () => 2, Waits);
        Assert.False(second.IsCompleted);
        var third = await Wait.For(pool.RunAsync(static () => 3, Waits));
        Assert.Equal(RejectReason.QueueFull, Assert.IsType<JobRejected>(third.Failure).Reason);
        Assert.True(await pool.KillAsync(first.Id));
        await using var started = await Wait.For(second);
        Assert.Equal(1, await pool.KillAllAsync());
    }

    [Fact]
    public async Task A_job_whose_caller_cancels_while_it_waits_leaves_the_queue()
    {
        await using var first = await Wait.For(pool.StartAsync(static () => 1));
        using var source = new CancellationTokenSource();
        var runs = pool.RunAsync(static () => 2, Waits, source.Token);
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Wait.For(runs)).Failure).Cause);
        Assert.Equal(0, (await pool.GetSnapshotAsync()).Waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(pool.TryStartAsync(static () => 2, Waits, source.Token)));
    }

    [Fact]
    public async Task A_start_that_is_refused_says_why()
    {
        var start = await Wait.For(closed.TryStartAsync(static () => 1));
        Assert.Equal((false, RejectReason.NoWorkersAvailable), (start.IsAdmitted, start.Reject!.Reason));
        await Assert.ThrowsAsync<JobRejectedException>(() => Wait.For(closed.StartAsync(static () => 1)));
        var missing = await Wait.For(node.GetPool("missing").TryStartAsync(static () => 1));
        Assert.Equal(RejectReason.NoSuchPool, missing.Reject!.Reason);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => node.GetPool("missing").GetSnapshotAsync());
    }

    [Fact]
    public async Task A_pool_of_a_disposed_handler_takes_no_calls()
    {
        await Wait.For(node.DisposeAsync().AsTask(), "the node to be disposed");
        Assert.Throws<ObjectDisposedException>(() => { _ = pool.GetSnapshotAsync(); });
        Assert.Throws<ObjectDisposedException>(() => { _ = pool.KillAllAsync(); });
    }
}
