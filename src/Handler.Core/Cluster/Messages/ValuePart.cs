namespace Handler.Cluster;

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
