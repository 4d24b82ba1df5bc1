using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Pools;
using Orleans.Concurrency;

namespace Handler.TestSilo;

/// <summary>Collects the books of all nodes that this silo knows.</summary>
[StatelessWorker(maxLocalWorkers: 1)]
[Reentrant]
[KeepAlive]
internal sealed class RecordsGrain(RecordsServices nodes, Membership membership, TimeProvider time) : Grain, IRecordsGrain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public Task PingAsync() => Task.CompletedTask;

    public async Task<NodeRecords[]> GetRecordsAsync()
        => [.. (await Task.WhenAll(membership.Known.Select(RecordsOfAsync))).OfType<NodeRecords>()];

    private async Task<NodeRecords?> RecordsOfAsync(NodeId there)
    {
        try
        {
            return await nodes[there].GetRecordsAsync().WaitAsync(Patience, time);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null; // the auditor counts the nodes
        }
    }
}
