using System.Collections.Concurrent;
using Handler.Embedded;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>Many callers of two profiles on few workers: no job runs in a worker of the other profile, also if it was sent ahead.</summary>
public sealed class ProfilesUnderLoadTests
{
    private const int Callers = 16;
    private const string Variable = "PROFILE";

    private static readonly string[] Profiles = ["one", "two"];

    private static readonly JobOptions Unhurried = new() { PoolTimeout = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_job_that_is_sent_ahead_is_sent_to_a_worker_of_its_profile()
    {
        const int JobsEach = 50;
        using var requests = new BlockingCollection<(ScriptedWorker Worker, RequestHead Head)>();
        var together = new ConcurrentQueue<int>();
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (request.Kind == RequestKind.Setup)
            {
                worker.Respond(ResponseKind.Ready, default, []);
                return;
            }

            // Jobs that are sent in one write are all offered before the first of them arrives.
            together.Enqueue(Enumerable.Range(1, 2 * Callers * JobsEach).Count(attempt => worker.IsOffered(attempt)));
            requests.Add((worker, request));
        });
        var responding = Task.Factory.StartNew(() => Respond(requests), TaskCreationOptions.LongRunning);
        await using (var node = await EmbeddedNode.StartAsync(Options(), platform, NullLogger.Instance, default))
        {
            var ran = await Wait.For(Load(JobsEach, async profile =>
                (Profile: profile, Worker: (await node.GetPool(profile).RunAsync(static () => 1, Unhurried)).Usage!.WorkerPid)));
            var ofWorkers = platform.Workers.ToDictionary(
                static worker => worker.Pid,
                static worker => worker.Variables.Single(static each => each.StartsWith(Variable, StringComparison.Ordinal)));
            Assert.All(ran, each => Assert.Equal($"{Variable}={each.Profile}", ofWorkers[each.Worker]));
            Assert.Equal(2 * Callers * JobsEach, ran.Length);
            Assert.Contains(together, static count => count > 1);
        }

        requests.CompleteAdding();
        await Wait.For(responding, "the last response");
    }

    [Fact]
    public async Task A_job_runs_in_a_process_of_its_profile()
    {
        const int JobsEach = 100;
        await using var node = await EmbeddedHandler.StartAsync(Configure);
        var ran = await Wait.For(Load(JobsEach, async profile =>
        {
            var outcome = await node.GetPool(profile).RunAsync(static () => Here(), Unhurried);
            return (Profile: profile, Here: outcome.GetValueOrThrow());
        }));
        Assert.All(ran, static each => Assert.Equal(each.Profile, each.Here.Profile));
        var processes = ran.ToLookup(static each => each.Profile, static each => each.Here.Pid);
        Assert.Empty(processes["one"].Intersect(processes["two"]));
    }

    private static (string? Profile, int Pid) Here() => (Environment.GetEnvironmentVariable(Variable), Environment.ProcessId);

    /// <summary>The jobs of all callers of both profiles. Each caller submits one after the other.</summary>
    private static async Task<T[]> Load<T>(int jobsEach, Func<string, Task<T>> run)
    {
        var callers = Profiles.SelectMany(profile => Enumerable.Range(0, Callers).Select(_ => CallAsync(profile)));
        return [.. (await Task.WhenAll(callers)).SelectMany(static each => each)];

        async Task<List<T>> CallAsync(string profile)
        {
            var results = new List<T>();
            for (var i = 0; i < jobsEach; i++)
                results.Add(await run(profile));
            return results;
        }
    }

    private static HandlerOptions Options()
    {
        var options = new HandlerOptions();
        Configure(options);
        return options;
    }

    private static void Configure(HandlerOptions options)
    {
        (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (2, 0, 0);
        foreach (var name in Profiles)
            options.AddProfile(name, profile => profile.WorkerEnvironment[Variable] = name).AddPool(name, pool => pool.Profile = name);
    }

    private static void Respond(BlockingCollection<(ScriptedWorker Worker, RequestHead Head)> requests)
    {
        foreach (var (worker, head) in requests.GetConsumingEnumerable())
        {
            if (worker.Claim(head)) // otherwise it was taken back, because the job before it was slow
                worker.Respond(ResponseKind.Failure, head, new FailureBody("It", "is", "done").Write());
        }
    }
}
