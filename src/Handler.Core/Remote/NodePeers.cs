using Handler.Pools;

namespace Handler.Remote;

/// <summary>How much room a node has.</summary>
/// <param name="Node">The node.</param>
/// <param name="FreeWorkers">How many jobs more it could run at once; negative when as many wait for a worker.</param>
/// <param name="FreeBytes">How much memory more it could reserve.</param>
/// <param name="Accepts">Whether it takes jobs at all: not while it shuts down.</param>
/// <param name="MaxBytes">How much it could reserve when nothing else runs: a larger job can never run there.</param>
/// <param name="FreePlaces">How many jobs more it takes, those included that would wait for a worker.</param>
internal readonly record struct NodeLoad(NodeId Node, int FreeWorkers, long FreeBytes, bool Accepts, long MaxBytes = long.MaxValue, int FreePlaces = int.MaxValue);

/// <summary>How a node reaches the other ones, to hand jobs over. Any exception means that it is not known whether the call arrived.</summary>
internal interface IOtherNodes
{
    /// <summary>The loads of the other nodes, as published lately.</summary>
    IReadOnlyList<NodeLoad> Loads { get; }

    /// <summary>What the other nodes that live and take jobs last said, however long ago: what a node could take at all does not change while it lives.</summary>
    IEnumerable<NodeLoad> Living => Loads.Where(load => load.Accepts);

    Task<CallReply> SubmitAsync(NodeId node, JobRequest request);
}
