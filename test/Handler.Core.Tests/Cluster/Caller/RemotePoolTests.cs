using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Cluster;

/// <summary>A pool of a cluster, as its callers see it.</summary>
public sealed class RemotePoolTests : IAsyncLifetime
{
    private readonly ScriptedCluster cluster = new();
    private readonly IHandler handler;
    private readonly IPool pool;

    public RemotePoolTests()
    {
        handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance);
        pool = handler.GetPool("pool");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Wait.For(handler.DisposeAsync().AsTask(), "the handler to be disposed");

    [Fact]
    public async Task A_job_is_sent_with_the_name_of_the_pool_and_its_options()
    {
        cluster.Reply = static _ => Ended(new JobLost("gone"));
        var outcome = await Wait.For(pool.RunAsync(static () => 1, new JobOptions { Name = "report", Wait = TimeSpan.FromSeconds(3) }));
        Assert.Equal("gone", Assert.IsType<JobLost>(outcome.Failure).Reason);
        var sent = Assert.Single(cluster.Jobs);
        Assert.Equal(
            ("pool", "report", TimeSpan.FromSeconds(3), false), (sent.Pool, sent.Options.Name, sent.Options.Wait, sent.ReplyWhenAdmitted));
    }

    [Fact]
    public async Task A_job_that_is_admitted_has_a_handle_with_its_id_and_outcome()
    {
        cluster.Reply = static _ => new CallReply(CallState.Admitted, ScriptedCluster.Node, new JobId(1, 2));
        var start = await Wait.For(pool.TryStartAsync(static () => 1));
        Assert.True(Assert.Single(cluster.Jobs).ReplyWhenAdmitted);
        Assert.Equal(new JobId(1, 2), start.Job!.Id);
        Assert.Equal(3, Assert.IsType<JobExited>((await Wait.For(start.Job.Outcome)).Failure).ExitCode);
    }

    [Fact]
    public async Task A_job_that_is_not_admitted_has_the_reject_instead_of_a_handle()
    {
        var reject = new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 4, 4);
        cluster.Reply = _ => Ended(reject);
        var start = await Wait.For(pool.TryStartAsync(static () => 1));
        Assert.Equal((false, null, reject), (start.IsAdmitted, start.Job, start.Reject));
    }

    /// <summary>It is unknown whether it was admitted.</summary>
    [Fact]
    public async Task A_job_that_ends_otherwise_before_it_is_known_to_be_admitted_cannot_be_started()
    {
        cluster.Reply = static _ => Ended(new JobLost("gone"));
        await Assert.ThrowsAsync<JobLostException>(() => Wait.For(pool.TryStartAsync(static () => 1)));
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => Wait.For(pool.TryStartAsync(static () => 1, null, source.Token)));
    }

    [Fact]
    public async Task Jobs_are_killed_by_name_by_id_and_all_of_them()
    {
        cluster.Killed = 2;
        Assert.Equal(2, await pool.KillAsync("report"));
        Assert.True(await pool.KillAsync(new JobId(1, 2), "too expensive"));
        Assert.Equal(2, await pool.KillAllAsync());
        cluster.Killed = 0;
        Assert.False(await pool.KillAsync(new JobId(1, 2)));
        Assert.Equal(
            [
                ("pool", new KillTarget("report", null), KillTarget.DefaultReason),
                ("pool", new KillTarget(null, new JobId(1, 2)), "too expensive"),
                ("pool", KillTarget.All, KillTarget.DefaultReason),
                ("pool", new KillTarget(null, new JobId(1, 2)), KillTarget.DefaultReason),
            ],
            cluster.Kills);
    }

    /// <summary>Otherwise it would mean all jobs.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task No_job_is_killed_by_a_name_that_no_job_can_have(string? name)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => pool.KillAsync(name!));
        Assert.Empty(cluster.Kills);
    }

    [Fact]
    public async Task A_snapshot_of_a_pool_that_does_not_exist_names_it()
    {
        var missing = await Assert.ThrowsAsync<KeyNotFoundException>(() => pool.GetSnapshotAsync());
        Assert.Equal("There is no pool named \"pool\".", missing.Message);
        var totals = new PoolTotals
        {
            Outcomes = new Dictionary<JobOutcomeKind, long>(),
            Rejected = new Dictionary<RejectReason, long>(),
        };
        cluster.Snapshot = new PoolSnapshot { Pool = "pool", Totals = totals, Running = [] };
        Assert.Same(cluster.Snapshot, await pool.GetSnapshotAsync());
    }

    private static CallReply Ended(JobFailure failure)
        => new(CallState.Ended, ScriptedCluster.Node, null, EncodedOutcome.Of(failure));
}
