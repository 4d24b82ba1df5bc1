namespace Handler;

/// <summary>
/// Identifies one attempt to run a job, unique in the whole cluster. A node uses a new id each time it asks a pool, so a message that
/// arrives late or twice is never taken for a message of another attempt.
/// </summary>
/// <param name="Scope">Identifies the node process that created the id: one number per lifetime of a node, never reused.</param>
/// <param name="Sequence">Counts up within the scope.</param>
public readonly record struct JobId(ulong Scope, ulong Sequence)
{
    // The scope only shifts the sequence. So consecutive jobs map to adjacent buckets, which keeps large tables cache-friendly.
    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Sequence + (int)((Scope * 0x9E3779B97F4A7C15) >> 32));

    /// <summary>Both numbers in hexadecimal, such as <c>1f-2a</c>.</summary>
    public override string ToString() => $"{Scope:x}-{Sequence:x}";
}
