using System.Net.Sockets;

namespace Handler.Contract;

/// <summary>Which jobs may run in the same worker process, and how the workers of each profile are made.</summary>
public abstract class ProfileContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private const int JobsEach = 20;
    private const string Known = "the profiles are apart, default, offline, once, one, other, two.";

    [Fact]
    public async Task Workers_of_a_profile_run_only_jobs_of_its_pools()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("trusted")
            .AddPool("a", InProfile("other"))
            .AddPool("b", InProfile("other")));
        var trusted = await WorkersOf(Handler.GetPool("trusted"));
        var without = await WorkersOf(null);
        var untrusted = await WorkersOf(Handler.GetPool("a"));
        untrusted.UnionWith(await WorkersOf(Handler.GetPool("b")));
        Assert.Empty(untrusted.Intersect(trusted));
        Assert.Empty(untrusted.Intersect(without));
    }

    [Fact]
    public async Task Pools_of_a_profile_that_share_no_workers_never_see_what_another_has_left()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("a", InProfile("apart"))
            .AddPool("b", InProfile("apart"))
            .AddPool("c"));
        var pools = new[] { "a", "b", "c" };
        var jobs = Enumerable.Range(0, 3 * JobsEach).Select(i => (Pool: pools[i % 3], Job: LeaveName(pools[i % 3]))).ToList();
        foreach (var (pool, job) in jobs)
            Assert.Equal("", string.Concat((await Soon(job, "a job")).GetValueOrThrow().Split(' ').Where(name => name != pool)));
    }

    [Fact]
    public async Task A_profile_that_never_reuses_workers_gives_each_job_a_fresh_process()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("pool", InProfile("once")));
        var pool = Handler.GetPool("pool");
        var outcomes = await Soon(Task.WhenAll(Enumerable.Range(0, JobsEach).Select(_ => Pid(pool))), "all jobs");
        Assert.Equal(JobsEach, outcomes.Select(static outcome => outcome.GetValueOrThrow()).Distinct().Count());
    }

    [Fact]
    public async Task A_pool_has_the_profile_of_its_parent_unless_it_names_one()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("top", InProfile("one"))
            .AddPool("inherits", Limits(10, parent: "top"))
            .AddPool("below", Limits(10, parent: "inherits"))
            .AddPool("other", InProfile("two", "inherits"))
            .AddPool("standard", InProfile("Default", "top")));
        Assert.Equal("one", await ProfileOf("top"));
        Assert.Equal("one", await ProfileOf("inherits"));
        Assert.Equal("one", await ProfileOf("below"));
        Assert.Equal("two", await ProfileOf("other"));
        Assert.Null(await ProfileOf("standard"));
        Assert.Null((await Soon(Handler.RunAsync(static () => ProfileHere(), Unhurried), "a job")).GetValueOrThrow());
    }

    [Fact]
    public async Task A_change_of_the_profile_counts_for_the_next_jobs()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("top")
            .AddPool("pool", Limits(10, parent: "top")));
        Assert.Null(await ProfileOf("pool"));
        Assert.True(await Handler.TryUpdatePoolAsync("top", static pool => pool.Profile = "one"));
        Assert.Equal("one", await ProfileOf("pool"));
        Assert.True(await Handler.TryUpdatePoolAsync("pool", static pool => pool.Profile = "default"));
        Assert.Null(await ProfileOf("pool"));
    }

    [Fact]
    public async Task Each_profile_has_its_own_hardening()
    {
        await StartAsync(options => options.AddContractProfiles()
            .AddPool("offline", InProfile("offline"))
            .AddPool("online"));
        Assert.True((await Soon(Handler.GetPool("online").RunAsync(static () => OpenSocket(), Unhurried), "a job")).IsSuccess);
        var outcome = await Soon(Handler.GetPool("offline").RunAsync(static () => OpenSocket(), Unhurried), "a job");
        Assert.Equal(typeof(SocketException).FullName, Assert.IsType<JobFailed>(outcome.Failure).ExceptionType);
    }

    [Fact]
    public async Task A_pool_cannot_name_a_profile_that_does_not_exist()
    {
        await StartAsync(options => options.AddContractProfiles().AddPool("pool"));
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => Handler.TryAddPoolAsync("new", InProfile("unknown")));
        Assert.StartsWith($"Pool new: there is no profile unknown; {Known}", exception.Message);
        exception = await Assert.ThrowsAsync<ArgumentException>(
            () => Handler.TryUpdatePoolAsync("pool", static pool => pool.Profile = "unknown"));
        Assert.StartsWith($"Pool pool: there is no profile unknown; {Known}", exception.Message);
        Assert.True(await Handler.TryUpdatePoolAsync("pool", static pool => pool.Profile = "Other"));
    }

    [Fact]
    public async Task Idle_workers_of_one_profile_make_room_for_another()
    {
        await StartAsync(options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 1, 0);
            options.AddContractProfiles().AddPool("one").AddPool("other", InProfile("other"));
        });
        for (var round = 0; round < 3; round++)
        {
            Assert.True((await RunShort(Handler.GetPool("one"))).IsSuccess);
            Assert.True((await RunShort(Handler.GetPool("other"))).IsSuccess);
        }
    }

    /// <summary>The parent is the bottleneck: it served the pools one job each in turn, and each job cost the start of a process.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(1)] // then the next job of a pool waits in the pool, not in the parent
    public async Task Pools_that_share_no_workers_run_several_jobs_in_each_process_below_a_full_parent(int maxWorkers)
    {
        const int Pools = 4;
        const int Jobs = 10;
        await StartAsync(options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (2, 0, 0);
            options.AddContractProfiles().AddPool("top", pool => (pool.Profile, pool.MaxWorkers) = ("apart", 2));
            for (var i = 0; i < Pools; i++)
                options.AddPool($"p{i}", Limits(maxWorkers, parent: "top"));
        });
        var jobs = Enumerable.Range(0, Pools * Jobs).Select(i => Pid(Handler.GetPool($"p{i % Pools}"))).ToList();
        var processes = (await Soon(Task.WhenAll(jobs), "all jobs")).Select(static outcome => outcome.GetValueOrThrow()).ToHashSet();
        Assert.InRange(processes.Count, Pools, Pools * Jobs / 3);
    }

    /// <summary>What a job of each pool leaves in its process: the names of the pools whose jobs ran there.</summary>
    private Task<JobOutcome<string>> LeaveName(string pool)
        => Handler.GetPool(pool).RunAsync(
            () =>
            {
                Thread.Sleep(1);
                var names = $"{AppDomain.CurrentDomain.GetData("pools")} {pool}".Trim();
                AppDomain.CurrentDomain.SetData("pools", names);
                return names;
            },
            Unhurried with { Wait = TimeSpan.FromMinutes(1) });

    private static Action<PoolOptions> InProfile(string profile, string? parent = null) => pool =>
    {
        Limits(100, 10L << 30, parent)(pool);
        pool.Profile = profile;
    };

    private static void OpenSocket()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    }

    private async Task<string?> ProfileOf(string pool)
    {
        var outcome = await Soon(Handler.GetPool(pool).RunAsync(static () => ProfileHere(), Unhurried), "a job");
        return outcome.GetValueOrThrow();
    }

    private async Task<HashSet<int>> WorkersOf(IPool? pool)
    {
        var jobs = Enumerable.Range(0, JobsEach).Select(_ => pool is null ? Handler.RunAsync(static () => Here(), Unhurried) : Pid(pool));
        return [.. (await Soon(Task.WhenAll(jobs), "all jobs")).Select(static outcome => outcome.GetValueOrThrow())];
    }

    private static Task<JobOutcome<int>> Pid(IPool pool)
        => pool.RunAsync(static () => Here(), Unhurried with { Wait = TimeSpan.FromMinutes(1) });

    private static string? ProfileHere() => Environment.GetEnvironmentVariable(ContractProfiles.Variable);

    private static int Here()
    {
        Thread.Sleep(5);
        return Environment.ProcessId;
    }
}
