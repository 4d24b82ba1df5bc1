using System.Collections.Concurrent;
using Hangfire;
using Hangfire.InMemory;

namespace Handler.Bench.Peers.DotNet;

/// <summary>Hangfire with its storage in memory. A job counts as done when its method has run, before Hangfire has recorded that.</summary>
internal sealed class HangfirePeer : IPeer
{
    private static readonly ConcurrentDictionary<long, TaskCompletionSource> Waiting = new();

    private readonly BackgroundJobServer server;
    private readonly BackgroundJobClient client;
    private long lastNumber;

    public HangfirePeer()
    {
        var storage = new InMemoryStorage();
        server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = BenchSettings.BenchWorkers }, storage);
        client = new BackgroundJobClient(storage);
    }

    public Task NoopAsync() => RunAsync(number => client.Enqueue(() => Complete(number)));

    public async Task SpinAsync(string path, TimeSpan limit)
    {
        var job = client.Enqueue(() => Heartbeat.Spin(path));
        await Task.Delay(limit);
        client.Delete(job);
    }

    public async Task<AllocationResult> AllocateAsync(Allocation allocation)
    {
        await RunAsync(number => client.Enqueue(() => AllocateAndComplete(allocation, number)));
        return new AllocationResult(Completed: true, InHost: true);
    }

    /// <summary>The job that does nothing. Hangfire calls it, so it is public.</summary>
    public static void Complete(long number)
    {
        if (Waiting.TryRemove(number, out var done))
            done.SetResult();
    }

    /// <summary>The job that allocates. Hangfire calls it, so it is public.</summary>
    public static void AllocateAndComplete(Allocation allocation, long number)
    {
        AllocatingJob.Run(allocation);
        Complete(number);
    }

    public ValueTask DisposeAsync()
    {
        server.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(Action<long> enqueue)
    {
        var number = Interlocked.Increment(ref lastNumber);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting[number] = done;
        enqueue(number);
        await done.Task;
    }
}
