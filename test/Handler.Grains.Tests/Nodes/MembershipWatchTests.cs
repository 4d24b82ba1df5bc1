using Handler.Grains.Members;
using Handler.Grains.Nodes;
using Handler.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Grains.Tests;

/// <summary>When a silo writes a membership table that has lost data, and when it leaves that to others. This silo is number 1.</summary>
public sealed class MembershipWatchTests
{
    private const int Repairing = 1405, Unreadable = 1408, Repaired = 1409, BeyondRepair = 1410;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5), ShortInterval = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly FakeMembershipService service = new();
    private readonly FakeMembershipTable table = new();
    private readonly RecordingLogger logger = new();
    private readonly MembershipWatch watch;

    public MembershipWatchTests()
    {
        var log = new Logger<IHandler>(Fake.Of<ILoggerFactory>((_, _) => logger));
        watch = new MembershipWatch(new Membership(service, service, time), table, time, log);
    }

    [Fact]
    public async Task A_table_that_has_lost_nothing_is_left_alone()
    {
        Members((1, SiloStatus.Active), (2, SiloStatus.Active));
        await Check();
        await Check();
        Assert.Equal((0, Interval), (table.Writes, watch.UntilNextCheck));
        Assert.Empty(logger.Lines);
    }

    [Fact]
    public async Task An_emptied_table_gets_all_rows_and_its_version_again()
    {
        Members((1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Dead));
        await Check();
        var before = (table.Version, table.Rows.ToList());
        table.Set(0);
        await Check();
        Assert.Equal(before.Version, table.Version);
        Assert.Equal(before.Item2, table.Rows);
        Assert.Equal(Repairing, Assert.Single(logger.Lines).Id);
        Assert.Equal(ShortInterval, watch.UntilNextCheck);
        await Check();
        Assert.Equal([Repairing, Repaired], logger.Lines.Select(static line => line.Id));
        Assert.Equal(Interval, watch.UntilNextCheck);
    }

    [Fact]
    public async Task The_silo_with_the_lowest_address_writes_first_and_the_next_one_if_that_does_not()
    {
        Members((0, SiloStatus.Active), (1, SiloStatus.Active));
        await Check();
        table.Set(0);
        await Check();
        Assert.Equal((0, ShortInterval), (table.Writes, watch.UntilNextCheck));
        await Check();
        Assert.NotEqual(0, table.Writes);
    }

    [Fact]
    public async Task A_dead_silo_has_no_turn()
    {
        Members((0, SiloStatus.Dead), (1, SiloStatus.Active));
        await Check();
        table.Set(0);
        await Check();
        Assert.NotEqual(0, table.Writes);
    }

    [Fact]
    public async Task A_silo_does_not_write_while_another_one_does()
    {
        Members((0, SiloStatus.Active), (1, SiloStatus.Active));
        await Check();
        table.Set(0);
        await Check();
        table.Set(1, (0, SiloStatus.Active)); // by silo 0
        await Check();
        Assert.Equal(0, table.Writes);
        await Check(); // and then no more
        Assert.NotEqual(0, table.Writes);
    }

    [Fact]
    public async Task A_refused_write_ends_the_check_and_the_next_one_continues()
    {
        Members((1, SiloStatus.Active));
        await Check();
        table.Set(0);
        table.RefusesWrites = true;
        await Check();
        Assert.Equal(0, table.Writes);
        table.RefusesWrites = false;
        await Check();
        Assert.NotEqual(0, table.Writes);
        Assert.Single(logger.Lines, static line => line.Id == Repairing);
    }

    [Fact]
    public async Task A_loss_before_the_first_check_is_beyond_repair_and_logged_once()
    {
        Members((1, SiloStatus.Active));
        table.Set(0);
        await Check();
        await Check();
        Assert.Equal(0, table.Writes);
        Assert.Equal(BeyondRepair, Assert.Single(logger.Lines).Id);
    }

    [Fact]
    public async Task A_table_of_a_separate_cluster_is_beyond_repair()
    {
        Members((1, SiloStatus.Active));
        await Check();
        table.Set(9, (5, SiloStatus.Active)); // newer, and without this silo
        await Check();
        Assert.Equal(BeyondRepair, Assert.Single(logger.Lines).Id);
        Assert.Equal(0, table.Writes);
    }

    [Fact]
    public async Task A_table_that_no_longer_exists_is_created_and_written_again()
    {
        Members((1, SiloStatus.Active));
        await Check();
        table.Set(0);
        table.Unreadable = new IOException("no such table");
        await Check();
        Assert.Equal((1, 2), (table.Created, table.Version));
        Assert.Equal(Repairing, Assert.Single(logger.Lines).Id);
    }

    [Fact]
    public async Task A_table_that_cannot_be_created_is_logged_once_and_tried_again()
    {
        Members((1, SiloStatus.Active));
        await Check();
        table.Unreadable = new UnauthorizedAccessException("no access");
        await Check();
        await Check();
        Assert.Contains("no access", Assert.Single(logger.Lines, static line => line.Id == Unreadable).Text);
        Assert.Equal(ShortInterval, watch.UntilNextCheck);
        table.Unreadable = null;
        await Check();
        Assert.Equal(Interval, watch.UntilNextCheck);
    }

    [Fact]
    public async Task A_table_that_was_never_read_is_not_created()
    {
        table.Unreadable = new IOException("no such table");
        await Check();
        Assert.Equal(0, table.Created);
        Assert.Equal(Unreadable, Assert.Single(logger.Lines).Id);
    }

    [Fact]
    public async Task A_check_that_is_cancelled_ends_and_logs_nothing()
    {
        table.Unreadable = new OperationCanceledException();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.CheckAsync(new CancellationToken(canceled: true)));
        Assert.Empty(logger.Lines);
    }

    [Fact]
    public async Task The_table_is_checked_at_the_start_at_each_interval_and_after_each_change_of_the_membership()
    {
        using var ending = new CancellationTokenSource();
        var watching = Task.Run(() => watch.WatchAsync(ending.Token));
        await Reads(1);
        await time.PassAsync(Interval);
        await Reads(2);
        service.Set((1, SiloStatus.Active), (2, SiloStatus.Active));
        await Reads(3);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(watching, "the watch to end"));

        Task Reads(int count) => Wait.Until(() => table.Reads == count, () => $"{count} checks, not {table.Reads}");
    }

    private Task Check() => watch.CheckAsync(default);

    /// <summary>Makes these the members, and the table what they have written.</summary>
    private void Members(params (int Silo, SiloStatus Status)[] members)
    {
        while (service.CurrentSnapshot.Version.Value <= members.Length)
            service.Set(members);
        table.Set((int)service.CurrentSnapshot.Version.Value, members);
    }
}
