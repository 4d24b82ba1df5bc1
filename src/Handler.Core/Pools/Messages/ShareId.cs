namespace Handler.Pools;

/// <summary>A share as the pool and the node both know it.</summary>
internal readonly record struct ShareId(JobId Job, ulong Route)
{
    public override string ToString() => $"{Job} by {Route:x}";
}
