using Handler.Infrastructure;

namespace Handler.Grains.Nodes;

/// <summary>Compares the clocks of silos by the times that the silos write into the membership table.</summary>
internal static class Clocks
{
    /// <summary>The silo whose clock is furthest ahead of this machine's, and by how much; <see langword="null"/> if none is.</summary>
    /// <param name="table">The membership table.</param>
    /// <param name="now">The time of this machine, UTC.</param>
    public static (SiloAddress Silo, TimeSpan By)? FindAhead(MembershipTableData table, DateTime now)
    {
        var ahead = table
            .Members.Select(static member => member.Item1)
            .Where(static silo => silo.Status == SiloStatus.Active)
            .MaxBy(static silo => silo.IAmAliveTime);
        return ahead is not null && ahead.IAmAliveTime - now is var by && by > Tuning.Silos.ClockTolerance ? (ahead.SiloAddress, by) : null;
    }
}
