using Handler.Bench.Groups;
using Handler.Bench.Measuring;

namespace Handler.Bench.Peers.DotNet;

/// <summary>Handler with its default options and as many workers as the other peers.</summary>
internal sealed class HandlerPeer(IHandler handler) : IPeer
{
    public static async Task<IPeer> StartAsync()
        => new HandlerPeer(await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, CancellationToken.None));

    public Task NoopAsync() => BenchJobs.NoopAsync(handler);

    public async Task SpinAsync(string path, TimeSpan limit)
        => Expect.Failure<JobTimedOut>(await handler.RunAsync(() => Heartbeat.Spin(path), new JobLimits { Timeout = limit }));

    public async Task<AllocationResult> AllocateAsync(Allocation allocation)
    {
        var limits = new JobLimits { MaxHeapBytes = AllocatingJob.LimitBytes, MaxResidentBytes = AllocatingJob.LimitBytes };
        var outcome = await handler.RunAsync(() => AllocatingJob.Run(allocation), limits);
        if (!outcome.IsSuccess)
            Expect.Failure<JobOutOfMemory>(outcome);
        return new AllocationResult(outcome.IsSuccess, InHost: false);
    }

    public ValueTask DisposeAsync() => handler.DisposeAsync();
}
