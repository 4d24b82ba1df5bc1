using Handler.FairShare;

namespace Handler.Pools;

/// <summary>The shares of one pool, for reading; see <see cref="PoolLedger"/>.</summary>
internal interface IReadOnlyPoolLedger
{
    PoolLimits Limits { get; }

    /// <summary>
    /// Shares in use, including held ones. More than <see cref="Limits"/> only after these were lowered or shares restored.
    /// </summary>
    int UsedWorkers { get; }

    long UsedBytes { get; }

    /// <summary>The part of <see cref="UsedWorkers"/> that is not committed.</summary>
    int HeldWorkers { get; }

    long HeldBytes { get; }

    /// <summary>What is kept for pools below this one that are guaranteed something; <see langword="null"/> if none is.</summary>
    KeptRoom? Kept { get; }

    /// <summary>Whether a job of this size fits now, and what is missing otherwise. Workers are checked first.</summary>
    /// <param name="from">The pools through which the job came.</param>
    /// <param name="bytes">Its size.</param>
    HoldResult Check(PoolPath? from, long bytes);

    /// <summary>What is missing for a job of this size even if nothing else runs.</summary>
    HoldResult CheckFeasibility(PoolPath? from, long bytes);

    bool TryGet(JobId job, out Share share);

    /// <summary>All shares, in no particular order.</summary>
    IEnumerable<Share> All();

    /// <summary>The shares of the jobs with this name, in no particular order.</summary>
    List<Share> Named(string name);

    /// <summary>The shares of a node.</summary>
    List<Share> Of(NodeId node);

    /// <summary>The shares that were taken before this moment, by their nodes.</summary>
    ILookup<NodeId, Share> ByNode(long before);
}
