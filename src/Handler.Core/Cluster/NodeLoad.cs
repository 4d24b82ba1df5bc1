using Handler.Pools;

namespace Handler.Cluster;

/// <summary>How much room a node has.</summary>
/// <param name="Node">The node.</param>
/// <param name="FreeWorkers">How many more jobs it could run immediately. A negative number is the number of jobs that wait for a
/// worker.</param>
/// <param name="FreeBytes">How much more memory it could reserve.</param>
/// <param name="Accepts">Whether it accepts jobs at all; false while it shuts down.</param>
/// <param name="MaxBytes">How much it could reserve if nothing else ran: a larger job can never run there.</param>
/// <param name="FreePlaces">How many more jobs it accepts, including those that would wait for a worker.</param>
internal readonly record struct NodeLoad(
    NodeId Node,
    int FreeWorkers,
    long FreeBytes,
    bool Accepts,
    long MaxBytes = long.MaxValue,
    int FreePlaces = int.MaxValue);
