using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Finds children with waiting jobs that are guaranteed the room for them. Such a child need not be among the first ones in the fair order,
/// so the branches in which something has changed are looked at.
/// </summary>
/// <param name="tree">The jobs that wait.</param>
/// <param name="kept">What is kept for which child.</param>
internal sealed class GuaranteedTurns(FairTree<WaiterLevels> tree, KeptRoom kept)
{
    public KeptRoom Kept => kept;

    /// <summary>A child that is guaranteed both the worker and the memory for its first job.</summary>
    /// <param name="choose">Finds the child below a branch whose first job fits and is next.</param>
    public Branch<WaiterLevels>? NextWholly(Func<Branch<WaiterLevels>, Branch<WaiterLevels>?> choose)
    {
        while (kept.Changed.FirstOrDefault() is { } branch)
        {
            if (Find(branch) is { } place && choose(place) is { } leaf && BeyondOf(leaf).IsZero)
                return leaf;
            kept.HasLooked(branch);
        }

        return null;
    }

    /// <summary>
    /// A child that is guaranteed the worker or the memory. Only a few of the branches that were looked at are looked at again.
    /// </summary>
    /// <param name="choose">Finds the child below a branch whose first job fits and is next.</param>
    /// <param name="isBehind">Whether the other part is kept for another child.</param>
    public Branch<WaiterLevels>? NextInPart(
        Func<Branch<WaiterLevels>, Branch<WaiterLevels>?> choose, Func<Branch<WaiterLevels>, bool> isBehind)
    {
        foreach (var branch in kept.Looked.Take(Tuning.Pools.MaxHeadsChecked).ToList())
        {
            if (Find(branch) is { } place && choose(place) is { } leaf && IsGuaranteed(leaf, isBehind))
                return leaf;
            kept.HasLooked(branch); // goes to the end
        }

        return null;
    }

    private bool IsGuaranteed(Branch<WaiterLevels> leaf, Func<Branch<WaiterLevels>, bool> isBehind)
    {
        var beyond = BeyondOf(leaf);
        if (beyond.IsZero)
            return true; // it did not fit when it was looked at, because too much was in use
        return (beyond.Workers == 0 || (beyond.Bytes == 0 && leaf.Queue!.First!.Request.Bytes > 0)) && !isBehind(leaf);
    }

    private Amount BeyondOf(Branch<WaiterLevels> leaf)
    {
        var request = leaf.Queue!.First!.Request;
        return kept.NeededBeyond(request.From, request.Bytes);
    }

    private Branch<WaiterLevels>? Find(KeptBranch branch)
        => branch.Parent is { } parent ? Find(parent)?.Children.GetValueOrDefault(branch.Name) : tree.Root;
}
