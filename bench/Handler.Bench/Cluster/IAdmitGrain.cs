namespace Handler.Bench.Cluster;

/// <summary>
/// Acquires and releases leases of a pool, as a silo's node does for its jobs, but without a job. Its messages are those of <see
/// cref="INullGrain"/>.
/// </summary>
public interface IAdmitGrain : IGrainWithIntegerKey
{
    /// <summary>Uses the pool <c>one</c> for 1 level, and <c>first</c> and its ancestors for 3.</summary>
    Task<int> AdmitAsync(int levels);
}
