namespace Handler.Grains.Nodes;

/// <summary>Compares the clocks of silos by the times that they write into the membership table.</summary>
internal static class Clocks
{
    /// <summary>Less than this makes no difference, and is what reading and writing may take.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    /// <summary>Which silo's clock is ahead of this machine's, and what follows from it; <see langword="null"/> where none is.</summary>
    /// <param name="table">The membership table.</param>
    /// <param name="now">The time of this machine, UTC.</param>
    /// <param name="mostJoining">After what time silos take one that is joining for dead.</param>
    public static string? WhatIsWrong(MembershipTableData table, DateTime now, TimeSpan mostJoining)
    {
        var ahead = table.Members.Select(static member => member.Item1).Where(static silo => silo.Status == SiloStatus.Active).MaxBy(static silo => silo.IAmAliveTime);
        if (ahead is null || ahead.IAmAliveTime - now is var by && by <= Tolerance)
            return null;
        return $"The clock of silo {ahead.SiloAddress} is {by.TotalSeconds:0} s ahead of this machine's. Set the clocks of both by a time server. A silo whose clock is more than {mostJoining.TotalSeconds:0} s ahead takes silos for dead that are joining: "
            + "they say that they have been told they are dead, and abort (exit code 134).";
    }
}
