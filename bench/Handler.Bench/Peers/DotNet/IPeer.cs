namespace Handler.Bench.Peers.DotNet;

/// <summary>Something that runs jobs, with up to four at the same time.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>Runs a job that does nothing.</summary>
    Task NoopAsync();

    /// <summary>Runs <see cref="Heartbeat.Spin"/> under a time limit, in the best way that the peer has for it.</summary>
    /// <returns>A task that completes when the peer has done what it can to stop the loop.</returns>
    Task SpinAsync(string path, TimeSpan limit);

    /// <summary>Runs a job that allocates 1 GiB under a memory limit of 100 MiB, in the best way that the peer has for it.</summary>
    Task<AllocationResult> AllocateAsync(Allocation allocation);
}
