using System.Collections.Immutable;
using Handler.Pools;

namespace Handler.Grains.Members;

/// <summary>
/// The members of the cluster. A node is a silo. Its id is the silo's address and generation; a silo that restarts gets a new generation.
/// </summary>
internal sealed class Membership(IClusterMembershipService service, ILocalSiloDetails local, TimeProvider time)
{
    private long lastDeath;
    private volatile ImmutableHashSet<NodeId> dead = [];
    private ImmutableHashSet<NodeId>? reported;
    private volatile AliveNodes? alive; // in the snapshot that was looked at last

    public NodeId Self { get; } = NodeOf(local.SiloAddress);

    public SiloAddress SelfAddress => local.SiloAddress;

    /// <summary>What this silo knows of the cluster, with the version of the membership.</summary>
    public ClusterMembershipSnapshot Snapshot => service.CurrentSnapshot;

    /// <summary>Each new <see cref="Snapshot"/>.</summary>
    public IAsyncEnumerable<ClusterMembershipSnapshot> Updates => service.MembershipUpdates;

    /// <summary>How long ago this silo saw another one declared dead; <see langword="null"/> if it has not.</summary>
    public TimeSpan? SinceLastDeath => Volatile.Read(ref lastDeath) is var at and not 0 ? time.GetElapsedTime(at) : null;

    /// <summary>
    /// The nodes that are alive as far as this silo knows, itself included. May be outdated, but is available even if the membership table
    /// cannot be reached.
    /// </summary>
    public IEnumerable<NodeId> Known => Alive(service.CurrentSnapshot);

    /// <summary>The nodes of the silos that are active, as far as this silo knows.</summary>
    public IEnumerable<NodeId> Active => service.CurrentSnapshot.Members.Values
        .Where(static member => member.Status == SiloStatus.Active)
        .Select(static member => NodeOf(member.SiloAddress));

    /// <summary>The version of the membership that this silo knows.</summary>
    public long Version => service.CurrentSnapshot.Version.Value;

    /// <inheritdoc cref="Known"/>
    public IEnumerable<NodeId> Others => Known.Where(node => node != Self);

    /// <summary>
    /// Every node that had joined before this call and is not declared dead, freshly read from the membership table. A silo is a member as
    /// soon as the table says that it is active, and its node takes no job before that.
    /// </summary>
    public async ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
    {
        await service.Refresh(default);
        return [.. Alive(service.CurrentSnapshot)];
    }

    /// <summary>Whether the node was declared dead, as far as this silo knows.</summary>
    public bool IsDead(NodeId node) => dead is { IsEmpty: false } some && some.Contains(node);

    /// <summary>Whether a node is no longer alive that was alive in this version of the membership, as far as this silo knows.</summary>
    public bool HasLeft(NodeId node, long version)
    {
        var snapshot = service.CurrentSnapshot;
        if (alive is not { } known || known.Snapshot != snapshot)
            alive = known = new AliveNodes(snapshot, [.. Alive(snapshot)]);
        return snapshot.Version.Value >= version && !known.Nodes.Contains(node);
    }

    /// <summary>
    /// Calls <paramref name="died"/> for each silo that is declared dead after the first call of this method. If the method fails and is
    /// called again, it continues where it was. <see cref="IsDead"/> is already true for the silo when <paramref name="died"/> is called.
    /// </summary>
    public async Task WatchDeathsAsync(Action<NodeId> died, CancellationToken cancellationToken)
    {
        if (reported is null)
        {
            // It is unknown when these died. It may have been just before this silo started, so they may have had calls that are older than
            // this silo.
            reported = dead = DeadIn(service.CurrentSnapshot);
            if (!dead.IsEmpty)
                Volatile.Write(ref lastDeath, time.GetTimestamp());
        }

        await foreach (var snapshot in service.MembershipUpdates.WithCancellation(cancellationToken))
        {
            dead = DeadIn(snapshot);
            foreach (var node in dead.Except(reported))
            {
                reported = reported.Add(node);
                Volatile.Write(ref lastDeath, time.GetTimestamp());
                died(node);
            }
        }
    }

    public static NodeId NodeOf(SiloAddress silo) => new(silo.ToParsableString());

    public static SiloAddress SiloOf(NodeId node) => SiloAddress.FromParsableString(node.Value);

    private static IEnumerable<NodeId> Alive(ClusterMembershipSnapshot snapshot)
        => snapshot
            .Members.Values.Where(member => member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            .Select(member => NodeOf(member.SiloAddress));

    private static ImmutableHashSet<NodeId> DeadIn(ClusterMembershipSnapshot snapshot)
        => [.. snapshot.Members.Values.Where(member => member.Status == SiloStatus.Dead).Select(member => NodeOf(member.SiloAddress))];

    private sealed record AliveNodes(ClusterMembershipSnapshot Snapshot, HashSet<NodeId> Nodes);
}
