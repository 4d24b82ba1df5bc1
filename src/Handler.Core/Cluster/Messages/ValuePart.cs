using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// A part of a value that is too large for one reply. In parts, a value of any size does not block other messages on the same connection,
/// and no part takes so long that it is taken for lost.
/// </summary>
/// <param name="Bytes">The part; empty if the node no longer has the value.</param>
internal sealed record ValuePart(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The part that begins at an offset.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> value, int offset)
        => value.Slice(offset, Math.Min(Tuning.Calls.MaxPartBytes, value.Length - offset));
}
