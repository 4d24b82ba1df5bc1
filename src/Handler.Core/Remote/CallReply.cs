using Handler.Pools;

namespace Handler.Remote;

/// <summary>How far a call has come.</summary>
internal enum CallState : byte
{
    /// <summary>The node does not know it, and will refuse it should it still arrive.</summary>
    Unknown = 1,

    /// <summary>Its pools have not admitted it yet.</summary>
    Asking = 2,

    /// <summary>It was admitted: it runs, or waits for a worker.</summary>
    Admitted = 3,

    Ended = 4,
}

/// <summary>
/// What a node answers about a call. No answer takes longer than <see cref="NodeTimings.Leg"/>: where the call has not got further by then the answer
/// says so, and the caller asks again. So a caller notices soon that a node is gone, and a node that its caller is.
/// </summary>
/// <param name="State">How far it has come.</param>
/// <param name="Node">The node that has it.</param>
/// <param name="Job">The admitted job, if it asked a pool.</param>
/// <param name="Ending">How it ended; of a large value the first <see cref="ValuePart.MaxBytes"/>.</param>
/// <param name="Rest">So many bytes of the value are still at the node; see <see cref="ICluster.FetchAsync"/>.</param>
internal sealed record CallReply(CallState State, NodeId Node, JobId? Job = null, JobEnding? Ending = null, int Rest = 0);

/// <summary>
/// A part of a value that is too large for one answer. In parts it does not hold up what else travels by the same connection, and none of them takes long enough
/// to be taken for lost, however large the value is.
/// </summary>
/// <param name="Bytes">The part; empty where the node does not have the value any more.</param>
internal sealed record ValuePart(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>As much as a part has at most.</summary>
    public const int MaxBytes = 1 << 18;

    /// <summary>What begins at an offset.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> value, int offset) => value.Slice(offset, Math.Min(MaxBytes, value.Length - offset));
}

/// <summary>How a job ended: its value if there is no verdict. The value's type is known to its caller only.</summary>
internal sealed record JobEnding(Verdict? Verdict, ReadOnlyMemory<byte> Value, JobUsage? Usage, JobOutput? Output)
{
    /// <summary>So many bytes a node keeps for it.</summary>
    public long KeptBytes => JobRequest.Overhead + Value.Length
        + (Output is { } output ? sizeof(char) * (output.StandardOutput.Length + output.StandardError.Length) : 0)
        + (Verdict is Verdict.Failed failed ? sizeof(char) * (failed.ExceptionMessage.Length + failed.ExceptionText.Length) : 0);

    public static JobEnding Of(Verdict verdict) => new(verdict, default, null, null);
}

/// <summary>What is known of a call in the whole cluster.</summary>
/// <param name="Reply">The answer of the node that has the call; <see langword="null"/> when none has. All of them refuse it from then on.</param>
/// <param name="SinceLastDeath">How long ago a node died last; <see langword="null"/> if none is known to have.</param>
internal sealed record FindReply(CallReply? Reply, TimeSpan? SinceLastDeath);
