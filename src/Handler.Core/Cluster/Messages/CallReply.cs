using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// What a node answers about a call. No answer takes longer than <see cref="NodeTimings.LongPoll"/>: where the call has not got further by then the answer
/// says so, and the caller asks again. So a caller notices soon that a node is gone, and a node that its caller is.
/// </summary>
/// <param name="State">How far it has come.</param>
/// <param name="Node">The node that has it.</param>
/// <param name="Job">The admitted job, if it asked a pool.</param>
/// <param name="Ending">How it ended; of a large value the first <see cref="ValuePart.MaxBytes"/>.</param>
/// <param name="Rest">So many bytes of the value are still at the node; see <see cref="ICluster.FetchAsync"/>.</param>
internal sealed record CallReply(CallState State, NodeId Node, JobId? Job = null, JobEnding? Ending = null, int Rest = 0);
