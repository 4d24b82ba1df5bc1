using Handler.Grains.Members;
using Orleans.Runtime.Placement;

namespace Handler.Grains.Pools;

/// <inheritdoc cref="PoolPlacementAttribute"/>
internal sealed class PoolPlacementDirector(ColocatedPools colocated, LoadTable loads) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
            return Task.FromResult(hint);
        if (!colocated.IsLeaving && context.LocalSiloStatus == SiloStatus.Active && silos.Contains(context.LocalSilo))
            return Task.FromResult(context.LocalSilo);

        // Choose a silo that stays. It is always the same one for the pools of this silo, so that a pool and its parents stay together.
        var accepting = loads.Loads.Where(load => load.Accepts).Select(load => Membership.SiloOf(load.Node)).ToHashSet();
        var others = silos.Where(silo => !silo.Equals(context.LocalSilo)).OrderBy(silo => silo.GetConsistentHashCode()).ToList();
        return Task.FromResult(others.Find(accepting.Contains) ?? others.FirstOrDefault() ?? context.LocalSilo);
    }
}
