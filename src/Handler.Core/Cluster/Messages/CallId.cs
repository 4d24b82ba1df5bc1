namespace Handler.Cluster;

/// <summary>Names one call to run a job, from the caller's side: known before any node has taken it, so that it can be asked about.</summary>
/// <param name="Caller">One number per life of a caller, drawn by chance.</param>
/// <param name="Sequence">Counts up within it.</param>
internal readonly record struct CallId(ulong Caller, ulong Sequence)
{
    public override string ToString() => $"{Caller:x}/{Sequence:x}";
}
