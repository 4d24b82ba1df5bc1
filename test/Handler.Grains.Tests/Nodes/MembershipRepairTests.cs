using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Handler.Grains.Nodes;

namespace Handler.Grains.Tests;

/// <summary>What is written to a membership table that has lost data.</summary>
public sealed class MembershipRepairTests
{
    private static readonly MembershipTableData Nothing = Table(0);

    [Fact]
    public void An_emptied_table_gets_all_rows_back_with_its_last_version()
    {
        var last = Table(9, (1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Active));
        var table = Repair(Nothing, last, KnownFrom(last), self: 2);
        Assert.Equal(Rows(last), Rows(table));
        Assert.Equal(9, table.Version.Version);
    }

    [Fact]
    public void The_repair_also_writes_changes_learned_after_the_last_read()
    {
        var last = Table(8, (1, SiloStatus.Active), (2, SiloStatus.Active));
        var table = Repair(Nothing, last, Known(9, (1, SiloStatus.Dead), (2, SiloStatus.Active)), self: 2);
        Assert.Equal(Rows(Table(9, (1, SiloStatus.Dead), (2, SiloStatus.Active))), Rows(table));
    }

    [Fact]
    public void A_restored_old_copy_gets_the_missing_writes()
    {
        var last = Table(9, (1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Active));
        var copy = Table(6, (1, SiloStatus.Active), (2, SiloStatus.Active));
        Assert.Equal(Rows(last), Rows(Repair(copy, last, KnownFrom(last), self: 3)));
    }

    [Fact]
    public void Silos_that_formed_a_separate_cluster_stay_in_the_repaired_table()
    {
        var last = Table(9, (1, SiloStatus.Active), (2, SiloStatus.Active));
        var other = Table(2, (5, SiloStatus.Active));
        Assert.Equal(
            Rows(Table(9, (1, SiloStatus.Active), (2, SiloStatus.Active), (5, SiloStatus.Active))),
            Rows(Repair(other, last, KnownFrom(last), self: 1)));
    }

    [Fact]
    public void A_table_is_not_repaired_if_a_live_silo_would_be_missing()
    {
        var last = Table(8, (1, SiloStatus.Active));
        Assert.False(MembershipRepair.CanRepair(Nothing, last, Known(9, (1, SiloStatus.Active), (2, SiloStatus.Active))));
        Assert.True(MembershipRepair.CanRepair(Nothing, last, Known(9, (1, SiloStatus.Active), (2, SiloStatus.Dead))));
    }

    [Fact]
    public void A_joining_silo_writes_its_own_row_and_keeps_it()
    {
        var last = Table(4, (1, SiloStatus.Active), (2, SiloStatus.Active));
        var known = Known(5, (1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Joining));
        Assert.True(MembershipRepair.CanRepair(Nothing, last, known));
        Assert.Equal(
            Rows(Table(5, (1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Active))),
            Rows(
                Repair(
                    Table(1, (3, SiloStatus.Active)),
                    last,
                    Known(6, (1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Active)),
                    self: 1)));
    }

    [Fact]
    public void A_table_is_not_repaired_if_silos_would_use_it_before_all_rows_are_written()
    {
        var last = Table(4, (1, SiloStatus.Active), (2, SiloStatus.Active));
        Assert.True(MembershipRepair.CanRepair(Table(2, (5, SiloStatus.Active)), last, KnownFrom(last)));
        Assert.False(MembershipRepair.CanRepair(Table(3, (5, SiloStatus.Active)), last, KnownFrom(last)));
    }

    [Fact]
    public void A_membership_table_that_lost_nothing_is_not_changed()
    {
        var last = Table(9, (1, SiloStatus.Active), (2, SiloStatus.Active));
        Assert.Null(MembershipRepair.Next(last, last, KnownFrom(last), Silo(1)));
        Assert.Null(MembershipRepair.Next(Table(10, (1, SiloStatus.Active)), last, KnownFrom(last), Silo(1)));
    }

    /// <summary>Whatever was lost, the known rows are there again, and no row of another silo is changed.</summary>
    [Fact]
    public void Known_rows_are_restored_after_any_loss()
        => Prop.ForAll(
                Gen.Choose(1, 6).Select(status => (SiloStatus)status).ListOf().ToArbitrary(),
                Gen.Choose(0, 9).ListOf().ToArbitrary(),
                Gen.Choose(0, 2).ToArbitrary(),
                (statuses, survived, others) =>
                {
                    var rows = statuses
                        .Select((status, at) => (Silo: at + 1, status))
                        .Append((Silo: 0, status: SiloStatus.Active))
                        .ToArray();
                    var last = Table(2 * (rows.Length + others), rows);
                    var old = rows.Zip(survived)
                        .Where(row => row.Second % 2 == 0)
                        .Select(row => (row.First.Silo, (SiloStatus)Math.Max(1, (int)row.First.status - (row.Second / 2))));
                    var table = Table(rows.Length, [.. old, .. Enumerable.Range(100, others).Select(silo => (silo, SiloStatus.Active))]);
                    Assert.True(MembershipRepair.CanRepair(table, last, KnownFrom(last)));
                    var repaired = Repair(table, last, KnownFrom(last), self: 0);
                    Assert.Equal(last.Version.Version, repaired.Version.Version);
                    Assert.Equal(Rows(last).Concat(Rows(table).Where(row => row.Silo.Generation >= 100)).Order(), Rows(repaired).Order());
                })
            .QuickCheckThrowOnFailure();

    /// <summary>Writes until nothing is left to write. Versions change as in a real table.</summary>
    private static MembershipTableData Repair(
        MembershipTableData table,
        MembershipTableData last,
        ClusterMembershipSnapshot known,
        int self)
    {
        while (MembershipRepair.Next(table, last, known, Silo(self)) is { } row)
        {
            Assert.Equal(row.Etag, table.TryGet(row.Entry.SiloAddress)?.Item2);
            var version = table.Version.Version + 1;
            table = new MembershipTableData(
                [
                    .. table
                        .Members.Where(other => !other.Item1.SiloAddress.Equals(row.Entry.SiloAddress))
                        .Append(Tuple.Create(row.Entry, $"{version}")),
                ],
                new TableVersion(version, $"{version}"));
            if (version < known.Version.Value)
                continue;
            Assert.All(known.Members.Keys, silo => Assert.NotNull(table.TryGet(silo))); // a silo without a row counts as dead
        }

        return table;
    }

    private static MembershipTableData Table(int version, params (int Silo, SiloStatus Status)[] rows)
        => new(
            [
                .. rows.Select(row =>
                    Tuple.Create(
                        new MembershipEntry
                        {
                            SiloAddress = Silo(row.Silo),
                            Status = row.Status,
                            SiloName = $"silo {row.Silo}",
                            ProxyPort = row.Silo,
                        },
                        $"{version}")),
            ],
            new TableVersion(version, $"{version}"));

    private static ClusterMembershipSnapshot KnownFrom(MembershipTableData table)
        => Known(table.Version.Version, [.. table.Members.Select(row => (row.Item1.SiloAddress.Generation, row.Item1.Status))]);

    private static ClusterMembershipSnapshot Known(int version, params (int Silo, SiloStatus Status)[] members)
        => new(
            members.ToImmutableDictionary(
                member => Silo(member.Silo),
                member => new ClusterMember(Silo(member.Silo), member.Status, $"silo {member.Silo}")),
            new MembershipVersion(version));

    private static IEnumerable<(SiloAddress Silo, SiloStatus Status, string Name, int Gateway)> Rows(MembershipTableData table)
        => table
            .Members.Select(row => (row.Item1.SiloAddress, row.Item1.Status, row.Item1.SiloName, row.Item1.ProxyPort))
            .OrderBy(row => row.SiloAddress);

    private static SiloAddress Silo(int number) => SiloAddress.New(IPAddress.Loopback, 1, number);
}
