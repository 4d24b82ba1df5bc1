namespace Handler.Bench.Cluster;

/// <summary>The baseline: a grain that does nothing.</summary>
public interface INullGrain : IGrainWithIntegerKey
{
    Task<int> CallAsync(int number);
}
