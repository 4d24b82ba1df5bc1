namespace Handler.Contract;

/// <summary>
/// Tenants that share workers: each has a pool of its own. The jobs sleep, so how long each takes does not depend on the machine. What is
/// measured is how many jobs of one tenant end while another waits, which does not depend on it either.
/// </summary>
public abstract class FairShareContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private const int JobMilliseconds = 50;

    private static readonly JobOptions Patient = Unhurried with { Wait = TimeSpan.FromMinutes(5) };

    /// <summary>How many workers all nodes have together.</summary>
    protected abstract int Workers { get; }

    [Fact]
    public async Task A_tenant_that_was_idle_waits_at_most_three_jobs_of_another_for_a_worker_of_the_node()
    {
        await StartAsync(options => options.AddPool("a", Limits(1_000)).AddPool("b", Limits(1_000)));
        await AssertNoStarvation();
    }

    [Fact]
    public async Task A_tenant_that_was_idle_waits_at_most_three_jobs_of_another_for_room_in_their_parent()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("a", Limits(1_000, parent: "all"))
                .AddPool("b", Limits(1_000, parent: "all")));
        await AssertNoStarvation();
    }

    [Fact]
    public async Task Tenants_of_weights_1_and_3_get_workers_of_the_node_in_that_ratio()
    {
        await StartAsync(options => options.AddPool("a", Limits(1_000)).AddPool("b", Weighted(3)).AddPool("first", Limits(1_000)));
        await AssertRatio(Workers);
    }

    [Fact]
    public async Task Tenants_of_weights_1_and_3_get_room_in_their_parent_in_that_ratio()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("first", Limits(1_000, parent: "all"))
                .AddPool("a", Limits(1_000, parent: "all"))
                .AddPool("b", Weighted(3, "all")));
        await AssertRatio(4);
    }

    [Fact]
    public async Task A_new_weight_counts_for_the_next_jobs()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("first", Limits(1_000, parent: "all"))
                .AddPool("a", Limits(1_000, parent: "all"))
                .AddPool("b", Limits(1_000, parent: "all")));
        Assert.True(await Handler.TryUpdatePoolAsync("b", static pool => pool.Weight = 3));
        await AssertRatio(4);
    }

    private static Action<PoolOptions> Weighted(int weight, string? parent = null) => pool =>
    {
        Limits(1_000, parent: parent)(pool);
        pool.Weight = weight;
    };

    private static Task<JobOutcome> Sleep(IPool pool) => pool.RunAsync(static () => Thread.Sleep(JobMilliseconds), Patient);

    /// <summary>
    /// Which tenant a job belongs to. If they took turns, a client that takes turns between two nodes would send the jobs of one tenant to one
    /// node, and those of the other to the other.
    /// </summary>
    private static int[] InRandomOrder(int jobsEach)
    {
        int[] tenants = [.. Enumerable.Range(0, 2 * jobsEach).Select(static job => job % 2)];
        new Random(1).Shuffle(tenants);
        return tenants;
    }

    private async Task AssertNoStarvation()
    {
        var (a, b) = (Handler.GetPool("a"), Handler.GetPool("b"));
        var ended = 0;
        var flood = Enumerable.Range(0, 200).Select(_ => Sleep(a)).ToList();
        var counted = flood.Select(async job =>
        {
            (await job).ThrowIfFailed();
            Interlocked.Increment(ref ended);
        }).ToList();
        await Soon(Task.WhenAny(flood), "the first job of the flood");
        var before = Volatile.Read(ref ended);
        (await Soon(b.RunAsync(static () => 1, Patient), "the job of the other tenant")).GetValueOrThrow();
        Assert.InRange(Volatile.Read(ref ended) - before, 0, 3 * Workers);
        await Soon(Task.WhenAll(counted), "the flood");
    }

    private async Task AssertRatio(int workers)
    {
        // All workers are busy until all jobs wait, so that none starts before there is a choice.
        var blockers = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => StartEndless(Handler.GetPool("first"))));
        var ended = new[] { 0, 0 };
        var enough = new TaskCompletionSource<(int A, int B)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var jobs = new List<Task>();
        foreach (var tenant in InRandomOrder(200))
            jobs.Add(CountAsync(Handler.GetPool(tenant == 0 ? "a" : "b"), tenant));

        await Task.WhenAll(blockers.Select(blocker => blocker.KillAsync()));
        var (a, b) = await Soon(enough.Task, "200 jobs");
        Assert.InRange((double)b / a, 2.7, 3.3);
        await Handler.GetPool("a").KillAllAsync();
        await Handler.GetPool("b").KillAllAsync();
        await Soon(Task.WhenAll(jobs), "all jobs");

        async Task CountAsync(IPool pool, int tenant)
        {
            await Sleep(pool);
            lock (ended)
            {
                ended[tenant]++;
                if (ended[0] + ended[1] == 200)
                    enough.TrySetResult((ended[0], ended[1]));
            }
        }
    }
}
