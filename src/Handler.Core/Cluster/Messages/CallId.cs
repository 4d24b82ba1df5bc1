namespace Handler.Cluster;

/// <summary>
/// Identifies one call to run a job. The caller chooses it, so that it can ask about the call before any node has accepted it.
/// </summary>
/// <param name="Caller">A random number, one per life of a caller.</param>
/// <param name="Sequence">Counts the caller's calls.</param>
internal readonly record struct CallId(ulong Caller, ulong Sequence)
{
    public override string ToString() => $"{Caller:x}/{Sequence:x}";
}
