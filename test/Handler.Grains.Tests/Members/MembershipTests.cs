using Handler.Grains.Members;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Grains.Tests;

/// <summary>What a silo knows of the deaths of others.</summary>
public sealed class MembershipTests
{
    private readonly FakeMembershipService service = new();
    private readonly FakeTimeProvider time = new();
    private readonly Membership membership;

    public MembershipTests() => membership = new Membership(service, service, time);

    [Fact]
    public async Task A_silo_knows_how_long_ago_it_saw_another_one_die()
    {
        using var stopping = new CancellationTokenSource();
        var died = new TaskCompletionSource<NodeId>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watching = membership.WatchDeathsAsync(died.SetResult, stopping.Token);
        Assert.Null(membership.SinceLastDeath);
        service.Set((1, SiloStatus.Active), (2, SiloStatus.Dead));
        var dead = await died.Task;
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Membership.NodeOf(FakeMembershipService.Address(2)), dead);
        Assert.True(membership.IsDead(dead));
        Assert.Equal(TimeSpan.FromSeconds(3), membership.SinceLastDeath);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public void A_node_has_left_if_a_membership_that_is_as_new_does_not_list_it_as_alive()
    {
        service.Set((1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Stopping));
        var now = membership.Version;
        Assert.Equal([false, true, false, true], Enumerable.Range(1, 4).Select(silo => HasLeft(silo, now)));
        Assert.False(HasLeft(4, now + 1)); // it may have joined since

        bool HasLeft(int silo, long version) => membership.HasLeft(Membership.NodeOf(FakeMembershipService.Address(silo)), version);
    }

    [Fact]
    public async Task A_silo_that_was_dead_before_counts_as_having_died_when_the_watch_begins()
    {
        using var stopping = new CancellationTokenSource();
        service.Set((1, SiloStatus.Active), (2, SiloStatus.Dead));
        var watching = membership.WatchDeathsAsync(died => Assert.Fail($"{died} is reported, but died earlier."), stopping.Token);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), membership.SinceLastDeath);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }
}
