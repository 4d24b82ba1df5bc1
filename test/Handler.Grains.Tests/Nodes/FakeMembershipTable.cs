namespace Handler.Grains.Tests;

/// <summary>A membership table in memory. As in Redis, the version of the table is the tag of what was written last.</summary>
internal sealed class FakeMembershipTable : IMembershipTable
{
    private readonly Dictionary<SiloAddress, (MembershipEntry Entry, string Tag)> rows = [];
    private int version;

    public int Reads { get; private set; }

    public int Writes { get; private set; }

    public int Created { get; private set; }

    /// <summary>Why the table cannot be read; <see langword="null"/> if it can. A table that is created can be read.</summary>
    public Exception? Unreadable { get; set; }

    /// <summary>Whether another writer is always first.</summary>
    public bool RefusesWrites { get; set; }

    public int Version => version;

    public IEnumerable<(SiloAddress Silo, SiloStatus Status)> Rows
        => rows.Values.Select(static row => (row.Entry.SiloAddress, row.Entry.Status)).OrderBy(static row => row.SiloAddress);

    /// <summary>Makes this the content of the table.</summary>
    public void Set(int version, params (int Silo, SiloStatus Status)[] members)
    {
        this.version = version;
        rows.Clear();
        foreach (var (silo, status) in members)
        {
            var entry = new MembershipEntry { SiloAddress = FakeMembershipService.Address(silo), Status = status, SiloName = $"{silo}" };
            rows.Add(entry.SiloAddress, (entry, $"{version}"));
        }
    }

    public Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        if (Unreadable is UnauthorizedAccessException denied)
            return Task.FromException(denied);
        Created++;
        Unreadable = null;
        return Task.CompletedTask;
    }

    public Task<MembershipTableData> ReadAll()
    {
        Reads++;
        if (Unreadable is not null)
            return Task.FromException<MembershipTableData>(Unreadable);
        var read = rows.Values.Select(static row => Tuple.Create(row.Entry, row.Tag)).ToList();
        return Task.FromResult(new MembershipTableData(read, new TableVersion(version, $"{version}")));
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => Write(entry, null, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Write(entry, etag, tableVersion);

    public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

    public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();

    public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

    private Task<bool> Write(MembershipEntry entry, string? tag, TableVersion next)
    {
        var present = rows.TryGetValue(entry.SiloAddress, out var row) ? row.Tag : null;
        if (RefusesWrites || present != tag || next.VersionEtag != $"{version}")
            return Task.FromResult(false);
        version = next.Version;
        rows[entry.SiloAddress] = (entry, $"{version}");
        Writes++;
        return Task.FromResult(true);
    }
}
