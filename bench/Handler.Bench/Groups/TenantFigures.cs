using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>
/// How fairly tenants share workers: each has a pool of its own. All jobs sleep, so the figures hardly depend on the machine.
/// </summary>
internal sealed class TenantFigures : IFigureGroup
{
    private const int InFlight = 200;
    private const int LightTenants = 9;
    private const string Wait = "fair_wait_over_job";
    private const string ShareError = "weighted_share_error";
    private const string FloodOverQuiet = "flood_p99_over_quiet";
    private const string ProfileSwitch = "profile_switch_ms";

    private static readonly TimeSpan Job = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(20);

    private static readonly JobOptions Patient = new() { Wait = TimeSpan.FromMinutes(5) };

    public IReadOnlyList<string> Names { get; } = [Wait, ShareError, FloodOverQuiet, ProfileSwitch];

    public async Task MeasureAsync(BenchContext context)
    {
        if (context.Wants([ProfileSwitch]))
            await MeasureSwitchAsync(context);
        if (!context.Wants([Wait, ShareError, FloodOverQuiet]))
            return;
        await using var handler = await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, context.CancellationToken, options =>
        {
            options
                .AddPool("a")
                .AddPool("b")
                .AddPool("heavy", pool => pool.Weight = 3)
                .AddPool("parent", pool => pool.MaxWorkers = BenchSettings.BenchWorkers)
                .AddPool("child a", pool => pool.Parent = "parent")
                .AddPool("child b", pool => pool.Parent = "parent");
            for (var i = 0; i < LightTenants; i++)
                options.AddPool($"light {i}");
            foreach (var pool in options.Pools.Values.Where(static pool => pool.MaxWorkers > BenchSettings.BenchWorkers))
                (pool.MaxWorkers, pool.MaxMemoryBytes) = (1_000, 1L << 50);
        });
        if (context.Wants([Wait]))
            await MeasureWaitAsync(context, handler);
        if (context.Wants([ShareError]))
            await MeasureShareAsync(context, handler);
        if (context.Wants([FloodOverQuiet]))
            await MeasureFloodAsync(context, handler);
    }

    /// <summary>
    /// Two profiles take turns on a node with room for one process: each job finds only an idle worker of the other profile, which ends for
    /// it.
    /// </summary>
    private static async Task MeasureSwitchAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(1, context.CancellationToken, static options =>
        {
            (options.MinWorkers, options.SpareWorkers) = (0, 0);
            options
                .AddProfile("other")
                .AddPool("one")
                .AddPool("two", static pool => pool.Profile = "other");
        });
        var times = new List<TimeSpan>();
        for (var sample = 0; sample < context.Settings.KillSamples; sample++)
        {
            foreach (var pool in new[] { "one", "two" })
            {
                var start = Stopwatch.GetTimestamp();
                Expect.Value(await handler.GetPool(pool).RunAsync(static () => 1, Patient), 1);
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        context.Figures.Add(ProfileSwitch, Distribution.OfMilliseconds(times).Median);
    }

    /// <summary>One tenant keeps 200 jobs in flight; another, idle so far, runs a job that does nothing, again and again.</summary>
    private static async Task MeasureWaitAsync(BenchContext context, IHandler handler)
    {
        var worst = new List<double>();
        foreach (var (flooding, idle) in new[] { ("a", "b"), ("child a", "child b") })
        {
            var waits = new List<TimeSpan>();
            await WithFloodAsync(handler.GetPool(flooding), async () =>
            {
                for (var sample = 0; sample < context.Settings.KillSamples; sample++)
                {
                    await Task.Delay(ThinkTime, context.CancellationToken);
                    var start = Stopwatch.GetTimestamp();
                    Expect.Value(await handler.GetPool(idle).RunAsync(static () => 1, Patient), 1);
                    waits.Add(Stopwatch.GetElapsedTime(start));
                }
            });
            worst.Add(Distribution.OfMilliseconds(waits).P99 / Job.TotalMilliseconds);
        }

        context.Figures.Add(Wait, worst.Max());
        context.Notes.Add($"Fair wait: {worst[0]:0.00} jobs for a worker of the node, {worst[1]:0.00} for room in a shared parent (p99).");
    }

    /// <summary>Two tenants of weights 1 and 3, both with more jobs than workers.</summary>
    private static async Task MeasureShareAsync(BenchContext context, IHandler handler)
    {
        var ended = new int[2];
        var end = context.Settings.ThroughputRound * context.Settings.ThroughputRounds;
        await Task.WhenAll(KeepBusyAsync("a", 0), KeepBusyAsync("heavy", 1));
        context.Figures.Add(ShareError, Math.Abs(((double)ended[1] / ended[0] / 3) - 1));

        Task KeepBusyAsync(string pool, int tenant)
            => Throughput.MeasureAsync(16, end, async (_, _) =>
            {
                (await SleepAsync(handler.GetPool(pool), TimeSpan.FromMilliseconds(10))).ThrowIfFailed();
                Interlocked.Increment(ref ended[tenant]);
            });
    }

    /// <summary>Nine tenants that run a job now and then, without a tenth that floods the node, and with it.</summary>
    private static async Task MeasureFloodAsync(BenchContext context, IHandler handler)
    {
        var quiet = await MeasureLightAsync();
        Distribution? flooded = null;
        await WithFloodAsync(handler.GetPool("a"), async () => flooded = await MeasureLightAsync());
        context.Figures.Add(FloodOverQuiet, flooded!.P99 / quiet.P99);
        context.Notes.Add($"Nine light tenants: p99 {quiet.P99:0.0} ms, and {flooded.P99:0.0} ms while a tenth floods the node.");

        async Task<Distribution> MeasureLightAsync()
        {
            var times = Enumerable.Range(0, LightTenants).Select(_ => new List<TimeSpan>()).ToArray();
            var duration = context.Settings.ThroughputRound * context.Settings.ThroughputRounds;
            await Throughput.MeasureAsync(LightTenants, duration, async (tenant, _) =>
            {
                await Task.Delay(ThinkTime, context.CancellationToken);
                var start = Stopwatch.GetTimestamp();
                (await SleepAsync(handler.GetPool($"light {tenant}"), Job)).ThrowIfFailed();
                times[tenant].Add(Stopwatch.GetElapsedTime(start));
            });
            return Distribution.OfMilliseconds(times.SelectMany(static each => each));
        }
    }

    /// <summary>Keeps the pool's queue full while the action runs.</summary>
    private static async Task WithFloodAsync(IPool pool, Func<Task> action)
    {
        var isOver = false;
        var flood = Enumerable.Range(0, InFlight).Select(async _ =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var outcome = await SleepAsync(pool, Job);
                if (!Volatile.Read(ref isOver))
                    outcome.ThrowIfFailed();
            }
        }).ToList();
        await action();
        Volatile.Write(ref isOver, true);
        await pool.KillAllAsync();
        await Task.WhenAll(flood);
    }

    private static Task<JobOutcome> SleepAsync(IPool pool, TimeSpan time) => pool.RunAsync(() => Thread.Sleep(time), Patient);
}
