using Handler.BadJobs;

namespace Handler.Demo.Scenarios;

/// <summary>Two customers share one pool, and one of them is greedy.</summary>
internal sealed class Tenants
{
    private const int Mebibyte = 1 << 20;
    private const int BarLength = 16;
    private static readonly string[] Tree = ["shared", "greedy", "modest"];

    private readonly List<JobHandle> endless = [];

    /// <summary>The pools of the story. They leave one worker of the node to the modest customer.</summary>
    public static void AddPools(HandlerOptions options) => options
        .AddPool("shared", Room(4, 60))
        .AddPool("greedy", Room(3, 50, "shared"))
        .AddPool("modest", Room(3, 60, "shared"));

    /// <summary>The scenarios of the story, in order.</summary>
    public static IEnumerable<Scenario> All()
    {
        var story = new Tenants();
        return
        [
            new("pools: a greedy customer starts 10 endless jobs at the same time", Limits.Usual, story.BeGreedyAsync),
            new("pools: how full they are", null, handler => ShowAsync(handler, 3, 3, 0)),
            Scenario.Of(
                "pools: the other customer asks for more memory than is left to both",
                Limits.Memory(40),
                (handler, limits) => handler.GetPool("modest").RunAsync(() => 1, limits),
                outcome => outcome.Failure is JobRejected { Pool: "shared", Reason: RejectReason.InsufficientMemory }),
            Scenario.Of(
                "pools: the other customer's report",
                Limits.Usual,
                (handler, limits) => handler.GetPool("modest").RunAsync(() => 10 * 10, limits),
                outcome => outcome.TryGetValue(out var value) && value == 100),
            new("pools: somebody kills the greedy customer's \"crawl\" jobs", null, async handler =>
                await story.EndAsync(await handler.GetPool("greedy").KillAsync("crawl"), 2)),
            new("pools: the operator kills all jobs of the shared pool", null, async handler =>
                await story.EndAsync(await handler.GetPool("shared").KillAllAsync("closing time"), 1)),
            new("pools: how full they are", null, handler => ShowAsync(handler, 0, 0, 0)),
        ];
    }

    private static Action<PoolOptions> Room(int workers, int mebibytes, string? parent = null) => pool =>
    {
        pool.MaxWorkers = workers;
        pool.MaxMemoryBytes = (long)mebibytes * Mebibyte;
        pool.Parent = parent;
    };

    private async Task<ScenarioResult> BeGreedyAsync(IHandler handler)
    {
        JobRejected? reject = null;
        var rejected = 0;
        for (var number = 0; number < 10; number++)
        {
            var start = await handler
                .GetPool("greedy")
                .TryStartAsync(CpuHogs.Sleep, new JobOptions { Name = number % 2 == 0 ? "crawl" : "index" });
            if (start.IsAdmitted)
            {
                endless.Add(start.Job);
            }
            else
            {
                reject = start.Reject;
                rejected++;
            }
        }

        return new ScenarioResult(
            $"{endless.Count} admitted, {rejected} rejected: {reject?.Message}",
            null,
            endless.Count == 3 ? null : "expected: 3 admitted");
    }

    private async Task<ScenarioResult> EndAsync(int killed, int expected)
    {
        var reasons = new List<string>();
        while (reasons.Count < killed && await Task.WhenAny(endless.Select(job => job.Outcome)) is { } ended)
        {
            reasons.Add(OutcomeText.Of(await ended));
            endless.RemoveAll(job => job.Outcome == ended);
        }

        return new ScenarioResult(
            $"{killed} killed; their callers got {string.Join(", ", reasons.Distinct())}",
            null,
            killed == expected ? null : $"expected: {expected} killed");
    }

    private static async Task<ScenarioResult> ShowAsync(IHandler handler, params int[] workers)
    {
        var now = await Task.WhenAll(Tree.Select(name => handler.GetPool(name).GetSnapshotAsync()));
        var complaint = now.Select(pool => pool.UsedWorkers).SequenceEqual(workers)
            ? null
            : $"expected: {string.Join(", ", workers)} workers";
        return new ScenarioResult(string.Join('\n', now.Select(Line)), null, complaint);
    }

    private static string Line(PoolSnapshot pool, int index)
    {
        var full = BarLength * pool.UsedWorkers / pool.MaxWorkers;
        var branch = index switch
        {
            0 => "",
            1 => "├ ",
            _ => "└ ",
        };
        return $"{branch + pool.Pool,-8} {new string('█', full)}{new string('░', BarLength - full)} "
            + $"{pool.UsedWorkers}/{pool.MaxWorkers} workers, {pool.UsedBytes / Mebibyte}/{pool.MaxMemoryBytes / Mebibyte} MiB";
    }
}
