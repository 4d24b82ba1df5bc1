namespace Handler.Contract;

/// <summary>
/// Tenants that share workers: each has a pool of its own. The jobs sleep, so how long each takes does not depend on the machine. What is
/// measured is how many jobs of one tenant end while another waits, which does not depend on it either.
/// </summary>
public abstract class FairShareContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private const int JobMilliseconds = 100;
    private const int JobsEach = 300;

    /// <summary>How many jobs of both decide the ratio: both still have jobs waiting then.</summary>
    private const int Counted = 360;

    private static readonly JobOptions Patient = Unhurried with { Wait = TimeSpan.FromMinutes(5) };

    /// <summary>How many workers all nodes have together.</summary>
    protected abstract int Workers { get; }

    [Fact]
    public async Task A_tenant_that_was_idle_waits_at_most_three_jobs_of_another_for_a_worker_of_the_node()
    {
        await StartAsync(options => options.AddPool("a", Tenant()).AddPool("b", Tenant()));
        await AssertNoStarvation();
    }

    [Fact]
    public async Task A_tenant_that_was_idle_waits_at_most_three_jobs_of_another_profile()
    {
        await StartAsync(options => options
            .AddContractProfiles()
            .AddPool("a", Tenant())
            .AddPool("b", pool =>
            {
                Tenant()(pool);
                pool.Profile = "other";
            }));
        await AssertNoStarvation();
    }

    [Fact]
    public async Task A_tenant_that_was_idle_waits_at_most_three_jobs_of_another_for_room_in_their_parent()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("a", Tenant("all"))
                .AddPool("b", Tenant("all")));
        await AssertNoStarvation();
    }

    [Fact]
    public async Task Tenants_of_weights_1_and_3_get_workers_of_the_node_in_that_ratio()
    {
        await StartAsync(options => options.AddPool("a", Tenant()).AddPool("b", Weighted(3)).AddPool("first", Tenant()));
        await AssertRatio(Workers);
    }

    [Fact]
    public async Task Tenants_of_weights_1_and_3_get_room_in_their_parent_in_that_ratio()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("first", Tenant("all"))
                .AddPool("a", Tenant("all"))
                .AddPool("b", Weighted(3, "all")));
        await AssertRatio(4);
    }

    [Fact]
    public async Task A_new_weight_counts_for_the_next_jobs()
    {
        await StartAsync(options =>
            options
                .AddPool("all", Limits(4))
                .AddPool("first", Tenant("all"))
                .AddPool("a", Tenant("all"))
                .AddPool("b", Tenant("all")));
        Assert.True(await Handler.TryUpdatePoolAsync("b", static pool => pool.Weight = 3));
        await AssertRatio(4);
    }

    /// <summary>
    /// A pool that admits all its jobs. If jobs waited in it, those of the node on which it is would be admitted first: that node would
    /// have too few jobs of other tenants.
    /// </summary>
    private static Action<PoolOptions> Tenant(string? parent = null) => Limits(1_000, 1L << 40, parent);

    private static Action<PoolOptions> Weighted(int weight, string? parent = null) => pool =>
    {
        Tenant(parent)(pool);
        pool.Weight = weight;
    };

    private static Task<JobOutcome> Sleep(IPool pool) => pool.RunAsync(static () => Thread.Sleep(JobMilliseconds), Patient);

    /// <summary>
    /// Which tenant a job belongs to. If they took turns, a client that takes turns between two nodes would send the jobs of one tenant to
    /// one node, and those of the other to the other.
    /// </summary>
    private static int[] InRandomOrder()
    {
        int[] tenants = [.. Enumerable.Range(0, 2 * JobsEach).Select(static job => job % 2)];
        new Random(1).Shuffle(tenants);
        return tenants;
    }

    /// <summary>Keeps a worker busy while a folder exists, in which it writes a file.</summary>
    private static async Task BlockAsync(IPool pool, string gate)
    {
        var outcome = await pool.RunAsync(
            () =>
            {
                File.WriteAllText(Path.Combine(gate, Path.GetRandomFileName()), "");
                while (Directory.Exists(gate))
                    Thread.Sleep(10);
            },
            Unhurried);
        outcome.ThrowIfFailed();
    }

    private static Task UntilAllHaveAsked(IPool pool, long jobs)
        => Until(async () => await AskedAsync(pool) >= jobs, $"all jobs to ask pool {pool.Name}");

    /// <summary>How many jobs have a share, wait for one, or have released it because their node had no room.</summary>
    private static async Task<long> AskedAsync(IPool pool)
    {
        var now = await pool.GetSnapshotAsync();
        return now.UsedWorkers + now.Waiting + now.Totals.Withdrawn;
    }

    private async Task AssertNoStarvation()
    {
        var (a, b) = (Handler.GetPool("a"), Handler.GetPool("b"));

        // How long a client, a node and a worker take to load code for the first job of a kind depends on the machine.
        (await Soon(b.RunAsync(static () => 1, Patient), "the first job of the other tenant")).GetValueOrThrow();
        var ended = 0;
        var flood = Enumerable.Range(0, JobsEach).Select(_ => Sleep(a)).ToList();
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
        // All workers are busy until all jobs wait, so that none starts before there is a choice. Then they are free at the same time.
        var gate = Directory.CreateTempSubdirectory("handler-test-").FullName;
        var blockers = Enumerable.Range(0, workers).Select(_ => BlockAsync(Handler.GetPool("first"), gate)).ToList();
        await Until(() => Task.FromResult(Directory.GetFiles(gate).Length == workers), "all workers to be busy");
        var ended = new[] { 0, 0 };
        var enough = new TaskCompletionSource<(int A, int B)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pools = new[] { Handler.GetPool("a"), Handler.GetPool("b") };
        var before = await Task.WhenAll(pools.Select(AskedAsync));
        var jobs = InRandomOrder().Select(tenant => CountAsync(pools[tenant], tenant)).ToList();
        for (var tenant = 0; tenant < pools.Length; tenant++)
            await UntilAllHaveAsked(pools[tenant], before[tenant] + JobsEach);
        Directory.Delete(gate, recursive: true);
        await Soon(Task.WhenAll(blockers), "the first jobs");
        var (a, b) = await Soon(enough.Task, $"{Counted} jobs");
        Assert.InRange((double)b / a, 2.7, 3.3);
        await Task.WhenAll(pools.Select(static pool => pool.KillAllAsync()));
        await Soon(Task.WhenAll(jobs), "all jobs");

        async Task CountAsync(IPool pool, int tenant)
        {
            await Sleep(pool);
            lock (ended)
            {
                ended[tenant]++;
                if (ended[0] + ended[1] == Counted)
                    enough.TrySetResult((ended[0], ended[1]));
            }
        }
    }
}
