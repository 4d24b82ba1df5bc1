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
        using var requests = new BlockingCollection<(ScriptedWorker Worker, RequestHead Head)>();
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (request.Kind == RequestKind.Setup)
                worker.Answer(AnswerKind.Ready, default, []);
            else
                requests.Add((worker, request));
        });
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 };
        options.AddPool("a").AddPool("b");
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        string?[] pools = ["a", "a", "a", "b", "a", null, null]; // in the order of their attempts
        var jobs = pools.Select(pool => pool is null ? node.RunAsync(static () => 1) : node.Pool(pool).RunAsync(static () => 1)).ToList();
        var most = 0;
        for (var answered = 0; answered < pools.Length; answered++)
        {
            Assert.True(requests.TryTake(out var request, TimeSpan.FromSeconds(60)), $"The worker got {answered} of {pools.Length} jobs.");
            var together = request.Worker.Sent.Skip(answered).Select(attempt => pools[attempt - 1]).ToList();
            Assert.Single(together.Distinct());
            most = Math.Max(most, together.Count);
            Assert.True(request.Worker.Claim(request.Head));
            request.Worker.Answer(AnswerKind.Failure, request.Head, new FailureBody("It", "is", "done").Write());
        }

        Assert.Equal(2, most);
        await Wait.For(Task.WhenAll(jobs));
    }
}
