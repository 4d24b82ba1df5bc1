using System.Collections.Concurrent;
using Handler.Hosting;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Workers;

/// <summary>Which jobs a worker gets in one go.</summary>
public sealed class SentAheadTests
{
    [Fact]
    public async Task Jobs_of_different_pools_are_never_with_a_worker_at_the_same_time()
    {
        string?[] pools = ["a", "a", "a", "b", "a", null, null]; // in the order of their attempts
        var sent = new List<RequestHead>();
        var together = new ConcurrentQueue<List<string?>>();
        using var requests = new BlockingCollection<(ScriptedWorker Worker, RequestHead Head)>();
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (request.Kind == RequestKind.Setup)
                worker.Answer(AnswerKind.Ready, default, []);
            else
                Take(worker, request);
        });
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 };
        options.AddPool("a").AddPool("b");
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        void Take(ScriptedWorker worker, RequestHead request)
        {
            lock (sent)
            {
                sent.Add(request);
                together.Enqueue([.. sent.Where(head => worker.IsOffered(head)).DistinctBy(head => head.Attempt).Select(head => pools[head.Attempt - 1])]);
            }

            requests.Add((worker, request));
        }

        var jobs = pools.Select(pool => pool is null ? node.RunAsync(static () => 1) : node.Pool(pool).RunAsync(static () => 1)).ToList();
        for (var answered = 0; answered < pools.Length;)
        {
            Assert.True(requests.TryTake(out var request, TimeSpan.FromSeconds(60)), $"The worker got {answered} of {pools.Length} jobs.");
            if (!request.Worker.Claim(request.Head))
                continue; // taken back, because the one before it was slow
            request.Worker.Answer(AnswerKind.Failure, request.Head, new FailureBody("It", "is", "done").Write());
            answered++;
        }

        await Wait.For(Task.WhenAll(jobs));
        Assert.All(together, some => Assert.True(some.Distinct().Count() <= 1, $"Jobs of the pools {string.Join(", ", some)} were with the worker at the same time."));
        Assert.Contains(together, static some => some.Count > 1);
    }
}
