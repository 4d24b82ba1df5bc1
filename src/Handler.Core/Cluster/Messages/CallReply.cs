using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// A node's reply about a call. No reply takes longer than <see cref="NodeTimings.LongPoll"/>: if the call has made no progress by then,
/// the reply says so, and the caller polls again. So a caller soon notices that a node is gone, and a node that its caller is gone.
/// </summary>
/// <param name="State">How far the call has progressed.</param>
/// <param name="Node">The node that has it.</param>
/// <param name="Job">The admitted job, if a pool admitted it.</param>
/// <param name="Outcome">How the job ended; of a large value the first <see cref="Tuning.Calls.MaxPartBytes"/> bytes.</param>
/// <param name="Rest">The number of bytes of the value that are still at the node; see <see cref="ICluster.FetchAsync"/>.</param>
internal sealed record CallReply(CallState State, NodeId Node, JobId? Job = null, EncodedOutcome? Outcome = null, int Rest = 0);
