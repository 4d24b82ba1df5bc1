using System.Collections.Concurrent;
using Handler.Embedded;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>Which jobs a worker gets in one write.</summary>
public sealed class SentAheadTests
{
    [Fact]
    public async Task A_worker_never_holds_jobs_of_different_pools_at_the_same_time()
    {
        // In the order of their attempts.
        string?[] pools = [.. Enumerable.Repeat("a", 40), "b", .. Enumerable.Repeat("a", 40), .. Enumerable.Repeat<string?>(null, 40)];
        var together = new ConcurrentQueue<List<string?>>();
        using var requests = new BlockingCollection<(ScriptedWorker Worker, RequestHead Head)>();
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (request.Kind == RequestKind.Setup)
                worker.Respond(ResponseKind.Ready, default, []);
            else
                Take(worker, request);
        });
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 };
        options.AddPool("a").AddPool("b");
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        void Take(ScriptedWorker worker, RequestHead request)
        {
            // Jobs that are sent in one write are all offered before the first of them arrives.
            together.Enqueue([
                .. Enumerable.Range(1, pools.Length).Where(attempt => worker.IsOffered(attempt)).Select(attempt => pools[attempt - 1]),
            ]);
            requests.Add((worker, request));
        }

        var jobs = pools
            .Select(pool => pool is null ? node.RunAsync(static () => 1) : node.GetPool(pool).RunAsync(static () => 1))
            .ToList();
        await Wait.Until(
            () => node.Dispatcher.Totals.Queued == pools.Length - 1,
            () => $"{pools.Length - 1} jobs to wait behind the first; {node.Dispatcher.Totals.Queued} do");
        for (var responses = 0; responses < pools.Length;)
        {
            Assert.True(requests.TryTake(out var request, TimeSpan.FromSeconds(60)), $"The worker got {responses} of {pools.Length} jobs.");
            if (!request.Worker.Claim(request.Head))
                continue; // taken back, because the job before it was slow
            request.Worker.Respond(ResponseKind.Failure, request.Head, new FailureBody("It", "is", "done").Write());
            responses++;
        }

        await Wait.For(Task.WhenAll(jobs));
        Assert.All(together, some =>
            Assert.True(some.Distinct().Count() <= 1, $"Jobs of the pools {string.Join(", ", some)} were with the worker at the same time.")
        );
        Assert.Contains(together, static some => some.Count > 1);
    }
}
