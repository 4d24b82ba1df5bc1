using System.Net;
using Handler.Grains.Nodes;

namespace Handler.Grains.Tests;

/// <summary>What a silo that is about to join sees of the other silos' clocks.</summary>
public sealed class ClocksTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void The_silo_whose_clock_is_furthest_ahead_is_found()
        => Assert.Equal(
            (SiloAddress.New(IPAddress.Loopback, 1, 1), TimeSpan.FromSeconds(600)),
            Look((SiloStatus.Active, 2), (SiloStatus.Active, 600)));

    [Fact]
    public void Clocks_that_agree_and_clocks_of_dead_silos_are_not_reported()
    {
        Assert.Null(Look());
        Assert.Null(Look((SiloStatus.Active, -600), (SiloStatus.Active, 20), (SiloStatus.Dead, 600)));
    }

    private static (SiloAddress Silo, TimeSpan By)? Look(params (SiloStatus Status, int Seconds)[] silos)
        => Clocks.FindAhead(
            new MembershipTableData(
                [
                    .. silos.Select(
                        (silo, number)
                            => Tuple.Create(
                                new MembershipEntry
                                {
                                    SiloAddress = SiloAddress.New(IPAddress.Loopback, number, number),
                                    Status = silo.Status,
                                    IAmAliveTime = Now.AddSeconds(silo.Seconds),
                                },
                                "")),
                ],
                new TableVersion(1, "")),
            Now);
}
