namespace Handler.Tests.Embedded;

/// <summary>Jobs that the pools have admitted but that their node has no room for.</summary>
public sealed class FullNodeTests
{
    [Fact]
    public async Task A_job_that_the_full_queue_of_the_node_refuses_counts_as_rejected_in_every_pool_of_its_chain()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            (options.MaxWorkers, options.MaxQueuedJobs) = (1, 0);
            options.AddPool("child", pool => pool.Parent = "parent").AddPool("parent");
        });
        var (child, parent) = (node.Handler.GetPool("child"), node.Handler.GetPool("parent"));
        var first = await Wait.For(child.StartAsync(static () => Thread.Sleep(Timeout.Infinite)));
        var reject = Assert.IsType<JobRejected>((await Wait.For(child.RunAsync(static () => 42))).Failure);
        Assert.Equal((null, RejectReason.QueueFull, 0L, 0L), (reject.Pool, reject.Reason, reject.Used, reject.Limit));
        Assert.False((await Wait.For(child.TryStartAsync(static () => 42))).IsAdmitted);
        await AssertTotals(1);
        Assert.True(await first.KillAsync());
        await Wait.For(first.Outcome);
        await AssertTotals(0, (JobOutcomeKind.Killed, 1));

        async Task AssertTotals(int used, params (JobOutcomeKind, long)[] ended)
        {
            foreach (var pool in new[] { child, parent })
            {
                var now = await pool.GetSnapshotAsync();
                Assert.Equal((used, 3), (now.UsedWorkers, now.Totals.Admitted));
                Assert.Equal([(RejectReason.QueueFull, 2L)], now.Totals.Rejected.Select(entry => (entry.Key, entry.Value)));
                Assert.Equal(ended, now.Totals.Outcomes.Select(entry => (entry.Key, entry.Value)));
            }
        }
    }
}
