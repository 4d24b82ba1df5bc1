using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>A node that was unresponsive checks whether it was declared dead before it accepts a call.</summary>
public sealed class ResponsivenessCheckTests
{
    private readonly FakeTimeProvider time = new();
    private readonly RecordingLogger logger = new();
    private readonly ResponsivenessCheck check;
    private Func<Task<bool>> isDead = static () => Task.FromResult(false);

    public ResponsivenessCheckTests() => check = new ResponsivenessCheck(new NodeId("node"), () => isDead(), time, logger);

    [Fact]
    public void A_node_that_sweeps_regularly_needs_no_check()
    {
        for (var i = 0; i < 10; i++)
        {
            time.Advance(NodeTimings.Sweep);
            Assert.Equal(0, check.Beat(time.GetTimestamp()));
            Assert.False(check.IsNeeded);
        }

        Assert.Empty(logger.Lines);
    }

    [Fact]
    public async Task A_gap_needs_a_check_before_the_next_sweep_and_that_sweep_logs_it()
    {
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(check.IsNeeded);
        Assert.Equal(TimeSpan.FromSeconds(3), time.GetElapsedTime(0, check.Beat(time.GetTimestamp())));
        Assert.Equal(1205, Assert.Single(logger.Lines).Id);
        Assert.True(check.IsNeeded);
        await check.ThrowIfDeadAsync();
        Assert.False(check.IsNeeded);
    }

    [Fact]
    public async Task A_node_that_was_declared_dead_throws_each_time()
    {
        isDead = static () => Task.FromResult(true);
        await Assert.ThrowsAsync<InvalidOperationException>(check.ThrowIfDeadAsync);
        Assert.True(check.IsNeeded);
        await Assert.ThrowsAsync<InvalidOperationException>(check.ThrowIfDeadAsync);
    }

    [Fact]
    public async Task A_membership_that_cannot_be_read_or_does_not_reply_declares_no_node_dead()
    {
        isDead = static () => throw new IOException("There is no storage.");
        await check.ThrowIfDeadAsync();
        isDead = static () => new TaskCompletionSource<bool>().Task;
        var asked = check.ThrowIfDeadAsync();
        time.Advance(NodeTimings.LongPoll);
        await Wait.For(asked, "the check to end");
        Assert.Equal([1206, 1206], logger.Lines.Select(static line => line.Id));
    }

    [Fact]
    public async Task A_node_that_was_unresponsive_again_during_the_check_needs_another_one()
    {
        isDead = () =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            check.Beat(time.GetTimestamp());
            return Task.FromResult(false);
        };
        await check.ThrowIfDeadAsync();
        Assert.True(check.IsNeeded);
    }
}
