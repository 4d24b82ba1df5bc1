namespace Handler.Grains.Nodes;

/// <summary>Compares the clocks of silos by the times that the silos write into the membership table.</summary>
internal static class Clocks
{
    /// <summary>Smaller differences do no harm, and may be due to the time that reading and writing take.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A message that says which silo's clock is ahead of this machine's, and what the consequence is; <see langword="null"/> if none is.
    /// </summary>
    /// <param name="table">The membership table.</param>
    /// <param name="now">The time of this machine, UTC.</param>
    /// <param name="mostJoining">The time after which silos declare a joining silo dead.</param>
    public static string? WhatIsWrong(MembershipTableData table, DateTime now, TimeSpan mostJoining)
    {
        var ahead = table
            .Members.Select(static member => member.Item1)
            .Where(static silo => silo.Status == SiloStatus.Active)
            .MaxBy(static silo => silo.IAmAliveTime);
        if (ahead is null || ahead.IAmAliveTime - now is var by && by <= Tolerance)
            return null;
        return $"The clock of silo {ahead.SiloAddress} is {by.TotalSeconds:0} s ahead of this machine's. "
            + "Set the clocks of both by a time server. "
            + $"A silo whose clock is more than {mostJoining.TotalSeconds:0} s ahead declares joining silos dead: "
            + "these log that they have been told they are dead, and abort (exit code 134).";
    }
}
