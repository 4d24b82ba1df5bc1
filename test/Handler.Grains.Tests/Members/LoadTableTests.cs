using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Grains.Tests;

/// <summary>The load that other nodes report.</summary>
public sealed class LoadTableTests
{
    private static readonly NodeId Other = new("other");

    private readonly FakeTimeProvider time = new();
    private readonly LoadTable table;

    public LoadTableTests()
    {
        var service = new FakeMembershipService();
        table = new LoadTable(new Membership(service, service, time), null!, time); // these tests send nothing to other nodes
    }

    [Fact]
    public void A_node_gets_no_jobs_when_its_last_report_is_too_old()
    {
        table.Set(new NodeLoad(Other, 1, 1, Accepts: true));
        time.Advance(TimeSpan.FromSeconds(2.4));
        Assert.Equal(Other, Assert.Single(table.Loads).Node);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Empty(table.Loads);
        Assert.Equal(Other, Assert.Single(table.Living).Node); // only the membership declares it dead
    }

    [Fact]
    public void A_node_that_reports_again_gets_jobs_again()
    {
        table.Set(new NodeLoad(Other, 1, 1, Accepts: true));
        time.Advance(TimeSpan.FromSeconds(3));
        table.Set(new NodeLoad(Other, 2, 1, Accepts: true));
        Assert.Equal(2, Assert.Single(table.Loads).FreeWorkers);
    }
}
