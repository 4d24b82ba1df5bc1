using System.Collections.Immutable;
using System.Diagnostics;
using Handler.Pools;

namespace Handler.Grains.Nodes;

/// <summary>Who is in the cluster. A node is a silo, and its id the silo's address with its generation, which a silo that restarts does not get again.</summary>
internal sealed class Membership(IClusterMembershipService service, ILocalSiloDetails local)
{
    private long lastDeath;
    private volatile ImmutableHashSet<NodeId> dead = [];
    private ImmutableHashSet<NodeId>? reported;

    public NodeId Self { get; } = NodeOf(local.SiloAddress);

    public SiloAddress SelfAddress => local.SiloAddress;

    /// <summary>What this silo knows of the cluster, and how new that is.</summary>
    public ClusterMembershipSnapshot Snapshot => service.CurrentSnapshot;

    /// <summary>Each <see cref="Snapshot"/> as it comes.</summary>
    public IAsyncEnumerable<ClusterMembershipSnapshot> Updates => service.MembershipUpdates;

    /// <summary>How long ago this silo saw another one declared dead; <see langword="null"/> if it has not.</summary>
    public TimeSpan? SinceLastDeath => Volatile.Read(ref lastDeath) is var at and not 0 ? Stopwatch.GetElapsedTime(at) : null;

    /// <summary>The nodes that were alive when last heard of, this one included. Not fresh, but there also when the membership table cannot be reached.</summary>
    public IEnumerable<NodeId> Known => Alive(service.CurrentSnapshot);

    /// <inheritdoc cref="Known"/>
    public IEnumerable<NodeId> Others => Known.Where(node => node != Self);

    /// <summary>
    /// Every node that had joined before this call and is not declared dead, as the membership table says now. A silo takes part from the moment that the
    /// table calls it active, and its node takes no job before.
    /// </summary>
    public async ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
    {
        await service.Refresh(default);
        return [.. Alive(service.CurrentSnapshot)];
    }

    /// <summary>Whether the node was declared dead, as far as this silo has heard.</summary>
    public bool IsDead(NodeId node) => dead is { IsEmpty: false } some && some.Contains(node);

    /// <summary>
    /// Calls back for each silo that is declared dead after the first call of this method. Called again after it failed it goes on where it was. By the time
    /// of the call <see cref="IsDead"/> says so.
    /// </summary>
    public async Task WatchDeathsAsync(Action<NodeId> died, CancellationToken cancellationToken)
    {
        if (reported is null)
        {
            // When these died is not known here. It may have been just before this silo started: calls that are older than this silo may have been theirs.
            reported = dead = DeadIn(service.CurrentSnapshot);
            if (!dead.IsEmpty)
                Volatile.Write(ref lastDeath, Stopwatch.GetTimestamp());
        }

        await foreach (var snapshot in service.MembershipUpdates.WithCancellation(cancellationToken))
        {
            dead = DeadIn(snapshot);
            foreach (var node in dead.Except(reported))
            {
                reported = reported.Add(node);
                Volatile.Write(ref lastDeath, Stopwatch.GetTimestamp());
                died(node);
            }
        }
    }

    public static NodeId NodeOf(SiloAddress silo) => new(silo.ToParsableString());

    public static SiloAddress SiloOf(NodeId node) => SiloAddress.FromParsableString(node.Value);

    private static IEnumerable<NodeId> Alive(ClusterMembershipSnapshot snapshot)
        => snapshot.Members.Values.Where(member => member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping).Select(member => NodeOf(member.SiloAddress));

    private static ImmutableHashSet<NodeId> DeadIn(ClusterMembershipSnapshot snapshot)
        => [.. snapshot.Members.Values.Where(member => member.Status == SiloStatus.Dead).Select(member => NodeOf(member.SiloAddress))];
}
