using Handler.Pools;

namespace Handler.Cluster;

/// <summary>How much room a node has.</summary>
/// <param name="Node">The node.</param>
/// <param name="FreeWorkers">How many jobs more it could run at once; negative when as many wait for a worker.</param>
/// <param name="FreeBytes">How much memory more it could reserve.</param>
/// <param name="Accepts">Whether it takes jobs at all: not while it shuts down.</param>
/// <param name="MaxBytes">How much it could reserve when nothing else runs: a larger job can never run there.</param>
/// <param name="FreePlaces">How many jobs more it takes, those included that would wait for a worker.</param>
internal readonly record struct NodeLoad(NodeId Node, int FreeWorkers, long FreeBytes, bool Accepts, long MaxBytes = long.MaxValue, int FreePlaces = int.MaxValue);
