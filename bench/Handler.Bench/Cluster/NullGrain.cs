namespace Handler.Bench.Cluster;

/// <inheritdoc/>
public sealed class NullGrain : Grain, INullGrain
{
    /// <inheritdoc/>
    public Task<int> CallAsync(int number) => Task.FromResult(number);
}
