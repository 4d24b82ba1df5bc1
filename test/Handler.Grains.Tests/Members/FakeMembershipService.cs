using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;

namespace Handler.Grains.Tests;

/// <summary>A membership that the test writes. This silo is number 1.</summary>
internal sealed class FakeMembershipService : IClusterMembershipService, ILocalSiloDetails
{
    private readonly Channel<ClusterMembershipSnapshot> updates = Channel.CreateUnbounded<ClusterMembershipSnapshot>();

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = Snapshot(1, (1, SiloStatus.Active));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => updates.Reader.ReadAllAsync();

    public SiloAddress SiloAddress => Address(1);

    public string Name => "1";

    public string ClusterId => "test";

    public string DnsHostName => "localhost";

    public SiloAddress GatewayAddress => SiloAddress;

    /// <summary>Makes these the members, with their numbers.</summary>
    public void Set(params (int Silo, SiloStatus Status)[] members)
    {
        CurrentSnapshot = Snapshot(CurrentSnapshot.Version.Value + 1, members);
        updates.Writer.TryWrite(CurrentSnapshot);
    }

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => default;

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    public static SiloAddress Address(int silo) => SiloAddress.New(IPAddress.Loopback, silo, silo);

    private static ClusterMembershipSnapshot Snapshot(long version, params (int Silo, SiloStatus Status)[] members)
    {
        var all = members.Select(member => new ClusterMember(Address(member.Silo), member.Status, ""));
        return new(all.ToImmutableDictionary(member => member.SiloAddress), new MembershipVersion(version));
    }
}
