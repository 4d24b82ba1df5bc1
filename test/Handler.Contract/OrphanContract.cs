using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>Six pools in three layers, and jobs with every kind of outcome. Nothing may be left behind in any pool.</summary>
public abstract class OrphanContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly string[] Names = ["root", "left", "right", "left-1", "left-2", "right-1"];

    /// <summary>The number of jobs for each pool; a multiple of ten. Most of the time goes into the workers that the jobs end.</summary>
    protected virtual int JobsEach => 100;

    [Fact]
    public async Task Every_pool_is_empty_after_many_jobs_in_each_of_six_pools()
    {
        await StartAsync(options =>
            options
                .AddPool("root", Limits(1_000, 100L << 30))
                .AddPool("left", Limits(500, 100L << 30, "root"))
                .AddPool("right", Limits(500, 100L << 30, "root"))
                .AddPool("left-1", Limits(100, 100L << 30, "left"))
                .AddPool("left-2", Limits(100, 100L << 30, "left"))
                .AddPool("right-1", Limits(100, 100L << 30, "right")));
        using var cancelled = new CancellationTokenSource();
        var started = Names
            .SelectMany(name => Enumerable.Range(0, JobsEach).Select(number => Start(Handler.GetPool(name), number, cancelled.Token)))
            .ToList();
        var jobs = await Soon(Task.WhenAll(started), "all jobs to be admitted");
        foreach (var name in Names.Reverse())
            await Handler.GetPool(name).KillAsync("doomed");
        await cancelled.CancelAsync();
        var outcomes = await Soon(Task.WhenAll(jobs.Select(async job => (await job.Outcome).Kind)), "the outcomes of all jobs");
        foreach (var name in Names)
        {
            var now = await Handler.GetPool(name).GetSnapshotAsync();
            Assert.Equal((0, 0L, 0, 0, 0), (now.UsedWorkers, now.UsedBytes, now.HeldWorkers, now.Waiting, now.Running.Count));
        }

        var totals = (await Handler.GetPool("root").GetSnapshotAsync()).Totals;
        Assert.Equal((jobs.Length, jobs.Length), (totals.Admitted, totals.Outcomes.Values.Sum()));
        foreach (var (kind, count) in outcomes.GroupBy(kind => kind).ToDictionary(group => group.Key, group => group.Count()))
            Assert.Equal((kind, count), (kind, totals.Outcomes[kind]));
        Assert.Equal(jobs.Length / 5, totals.Outcomes[JobOutcomeKind.Killed]);
        Assert.Equal(jobs.Length / 10, totals.Outcomes[JobOutcomeKind.Exited]);
    }

    private static Task<JobHandle> Start(IPool pool, int number, CancellationToken cancelled)
    {
        var name = (number % 10) switch { 0 => "doomed", _ => "report" };
        var options = new JobOptions { Name = name, MaxHeapBytes = 5 << 20, PoolTimeout = TimeSpan.FromSeconds(30) };
        Action function = (number % 10) switch
        {
            0 or 1 => CpuHogs.Sleep,
            2 => static () => throw new InvalidOperationException("oh no"),
            3 => static () => Exits.Exit(1),
            _ => static () => { }
            ,
        };
        return pool.StartAsync(function, options, number % 10 == 1 ? cancelled : CancellationToken.None);
    }
}
