namespace Handler.Grains.Nodes;

/// <summary>Computes what to write into a membership table that has lost data, so that it matches again what the silos know.</summary>
internal static class MembershipRepair
{
    /// <summary>A row to insert, or to update if <paramref name="Etag"/> is given.</summary>
    public readonly record struct Row(MembershipEntry Entry, string? Etag);

    /// <summary>
    /// Whether the table is older than what was read from it before: it was emptied, or came back without its last writes. Silos ignore
    /// such a table; clients do not.
    /// </summary>
    public static bool HasLost(MembershipTableData table, MembershipVersion known) => table.Version.Version < known.Value;

    /// <summary>
    /// Whether the table can be written again. A silo that is missing from the table counts as dead. So the rows of all live silos must be
    /// known, and all of them must be written before the version is high enough for silos to read the table. A joining silo writes its own
    /// row.
    /// </summary>
    /// <param name="table">The table as it is.</param>
    /// <param name="last">The table as last read before it lost data.</param>
    /// <param name="known">What the silos know.</param>
    public static bool CanRepair(MembershipTableData table, MembershipTableData last, ClusterMembershipSnapshot known)
        => known.Members.Values.All(member =>
            member.Status is SiloStatus.Dead or SiloStatus.Created or SiloStatus.Joining
            || (last.TryGet(member.SiloAddress) ?? table.TryGet(member.SiloAddress)) is not null)
        && table.Version.Version + Wanted(last, known).Count(entry => table.TryGet(entry.SiloAddress) is null) <= known.Version.Value;

    /// <summary>
    /// The next row to write: first the missing rows, then those that are older than what is known, then this silo's own row again and
    /// again until the table's version is no longer older. <see langword="null"/> if nothing is left to write.
    /// </summary>
    /// <inheritdoc cref="CanRepair"/>
    public static Row? Next(MembershipTableData table, MembershipTableData last, ClusterMembershipSnapshot known, SiloAddress self)
    {
        if (!HasLost(table, known.Version))
            return null;
        foreach (var entry in Wanted(last, known))
        {
            if (table.TryGet(entry.SiloAddress) is not { } row)
                return new Row(entry, Etag: null);
            if (row.Item1.Status < entry.Status)
                return new Row(entry, row.Item2);
        }

        return table.TryGet(self) is { } own ? new Row(own.Item1, own.Item2) : null;
    }

    private static IEnumerable<MembershipEntry> Wanted(MembershipTableData last, ClusterMembershipSnapshot known)
        => last
            .Members.Where(row => known.Members.ContainsKey(row.Item1.SiloAddress))
            .Select(row => WithStatus(row.Item1, known.Members[row.Item1.SiloAddress].Status));

    private static MembershipEntry WithStatus(MembershipEntry entry, SiloStatus status) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = status,
        SuspectTimes = entry.SuspectTimes,
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
    };
}
