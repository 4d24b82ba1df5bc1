namespace Handler;

/// <summary>
/// Names one attempt to run a job, unique in the whole cluster. Every time a node asks a pool it uses a fresh one, so a message that
/// arrives late or twice can never be taken for another attempt's.
/// </summary>
/// <param name="Scope">Who gave the id: one number per life of a node, never used again.</param>
/// <param name="Sequence">Counts up within the scope.</param>
public readonly record struct JobId(ulong Scope, ulong Sequence)
{
    // The sequence as it is, moved by the scope: consecutive jobs fall into neighbouring buckets, one after the other, which keeps big tables in the cache.
    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Sequence + (int)((Scope * 0x9E3779B97F4A7C15) >> 32));

    /// <summary>Both numbers in hexadecimal, such as <c>1f-2a</c>.</summary>
    public override string ToString() => $"{Scope:x}-{Sequence:x}";
}
