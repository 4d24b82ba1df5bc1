using Handler.BadJobs;
using Handler.Functions;
using Handler.Shared;
using Handler.TestSilo;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>Clients and their calls.</summary>
public sealed class CallerTests(ClusterFixture fixture, ITestOutputHelper output) : ClusterTest(fixture, output)
{
    [Fact]
    public async Task The_jobs_of_a_killed_client_end_but_its_detached_jobs_keep_running()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(10));
        await using var auditor = await Auditor.StartAsync(Cluster, pool);
        await using var client = SiloProcess.Dotnet(["client", Cluster.Setup.Redis, Cluster.Setup.ClusterId, pool, "4", "2"], []);
        await client.WaitForLineAsync("its jobs run");
        Assert.Equal(6, (await Handler.GetPool(pool).GetSnapshotAsync()).Running.Count);
        await Until.True(
            async () => (await Cluster.RecordsAsync()).Sum(record => record.Leases.Count(lease => lease.Pool == pool)) == 6,
            "the nodes to have the leases");
        client.Signal(Signals.Kill);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        await Until.True(async () => await NamesAsync() is ["detached", "detached"], "the jobs of the dead client to end");
        AssertWithin(NodeTimings.CallerSilence + TimeSpan.FromSeconds(4), start, "the jobs of the dead client had ended");

        // Longer than any caller may be silent.
        Assert.True((await Handler.GetPool(pool).RunAsync(TestJobs.Sleep(NodeTimings.CallerSilence, 1), Endless)).IsSuccess);
        Assert.True(await NamesAsync() is ["detached", "detached"]);
        Assert.Equal(2, await Handler.GetPool(pool).KillAllAsync());
        await auditor.WaitUntilQuietAsync();
        await AssertSoundAsync(auditor);

        async Task<string?[]> NamesAsync() => [.. (await Handler.GetPool(pool).GetSnapshotAsync()).Running.Select(job => job.Name).Order()];
    }

    [Fact]
    public async Task Cancelling_the_callers_token_reaches_the_job()
    {
        var folder = Directory.CreateTempSubdirectory("handler-cancel-");
        var (started, seen) = (Path.Combine(folder.FullName, "started"), Path.Combine(folder.FullName, "seen"));
        using var source = new CancellationTokenSource();
        var job = Handler.RunAsync(
            TestJobs.WaitForCancellation(started, seen),
            Endless with
            {
                CancellationGrace = TimeSpan.FromSeconds(30),
            },
            source.Token);
        await Until.True(() => File.Exists(started), "the job to start");
        await source.CancelAsync();
        var outcome = await Until.Done(job, "the end of a cancelled job");
        Assert.True(File.Exists(seen), outcome.Message);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task One_client_spreads_its_jobs_over_all_silos()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(100));
        await using var client = await ClientHost.StartAsync(Cluster.Setup.Redis, Cluster.Setup.ClusterId);
        var jobs = new List<JobHandle<int>>();
        for (var i = 0; i < 24; i++)
            jobs.Add(await client.Handler.GetPool(pool).StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Endless));
        var counts = (await WhereAsync(pool)).Values.GroupBy(silo => silo.SiloPort).Select(silo => silo.Count()).ToList();
        Write($"24 jobs: {string.Join(", ", counts)}");
        Assert.Equal(3, counts.Count);
        Assert.All(counts, count => Assert.InRange(count, 4, 16));
        Assert.Equal(24, await Handler.GetPool(pool).KillAllAsync());
        foreach (var job in jobs)
            await Until.Done(job.Outcome, "the end of a flushed job");
    }

    [Fact]
    public async Task Jobs_that_one_caller_starts_in_turn_run_on_all_silos()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(10));
        await using var client = await ClientHost.StartAsync(Cluster.Setup.Redis, Cluster.Setup.ClusterId);
        var counts = new Dictionary<int, int>();
        for (var i = 0; i < 60; i++)
        {
            await using var job = await client.Handler.GetPool(pool).StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Endless);
            var silo = (await WhereAsync(pool))[job.Id].SiloPort;
            counts[silo] = counts.GetValueOrDefault(silo) + 1;
        }

        Write($"60 jobs: {string.Join(", ", counts.Values)}");
        Assert.Equal(3, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 3, 54));
    }

    [Fact]
    public async Task A_function_whose_assembly_the_silos_lack_fails_with_a_clear_message()
    {
        var failed = Assert.IsType<JobFailed>((await Until.Done(Handler.RunAsync(static () => 42), "an outcome")).Failure);
        Write(failed.ExceptionMessage);
        Assert.Contains("Handler.Cluster.Tests", failed.ExceptionMessage);
    }

    [Fact]
    public async Task A_function_of_another_build_of_its_assembly_fails_with_a_clear_message()
    {
        var encoded = Encode();
        var build = typeof(CpuHogs).Module.ModuleVersionId.ToByteArray();
        var at = encoded.AsSpan().IndexOf(build);
        Assert.True(at >= 0, "the call does not name the build of its function's assembly");
        encoded[at] ^= 0xff;
        var reply = await Cluster.Client.Cluster.SubmitAsync(
            new JobRequest
            {
                Call = new CallId(1, 1),
                Options = Brief,
                Function = encoded,
            });
        var failed = Assert.IsType<JobFailed>(reply.Outcome?.Failure);
        Write(failed.ExceptionMessage);
        Assert.Contains("Handler.BadJobs", failed.ExceptionMessage);
        Assert.Contains("build", failed.ExceptionMessage);
    }

    /// <summary>A call of a function of <c>Handler.BadJobs</c>, as it is sent.</summary>
    private static byte[] Encode()
    {
        var options = new HandlerClientOptions();
        return new FunctionEncoder(options)
            .Encode(new JobFunction<long>((Func<long>)CpuHogs.ArithmeticLoop), options.PayloadLimit)
            .Call.ToArray();
    }
}
