namespace Handler.Pools;

/// <summary>Identifies a share for both the pool and the node.</summary>
internal readonly record struct ShareId(JobId Job, ulong Route)
{
    public override string ToString() => $"{Job} by {Route:x}";
}
