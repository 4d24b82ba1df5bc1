using System.Diagnostics;
using Handler.TestSilo;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>Silos that join and leave while callers continue.</summary>
[Collection(GrowingCluster.Name)]
public sealed class GrowthTests(ClusterFixture fixture, ITestOutputHelper output) : ClusterTest(fixture, output)
{
    [Fact]
    public async Task A_silo_that_joins_under_load_gets_jobs()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(100));
        await using var auditor = await Auditor.StartAsync(Cluster, pool);
        await using var load = Start(pool, 12, TimeSpan.FromMilliseconds(200));
        await Until.True(() => load.CountOf("Completed") > 20, "callers to get outcomes");
        var joined = await Cluster.AddSiloAsync();
        await Until.True(
            async () => (await WhereAsync(pool)).Values.Count(silo => silo == joined) >= 2,
            "the new silo to run its part",
            TimeSpan.FromSeconds(20));
        await StopAsync(load);
        Assert.Equal(["Completed"], load.Outcomes.Keys);
        await auditor.WaitUntilQuietAsync();
        await AssertSoundAsync(auditor);
    }

    [Fact]
    public async Task All_silos_are_replaced_one_by_one_and_no_job_is_lost()
    {
        var (child, parent) = (NewName("child"), NewName("parent"));
        await Handler.TryAddPoolAsync(parent, Limits(50));
        await Handler.TryAddPoolAsync(child, Limits(50, parent));
        await using var auditor = await Auditor.StartAsync(Cluster, child, parent);
        await using var load = Start(child, 6, TimeSpan.FromMilliseconds(50));
        foreach (var old in Cluster.Silos.ToList())
        {
            var start = Stopwatch.GetTimestamp();
            var added = await Cluster.AddSiloAsync();
            Note($"silo {added.SiloPort} took jobs", start);
            Cluster.Remove(old);
            start = Stopwatch.GetTimestamp();
            old.Terminate();
            await old.WaitForExitAsync();
            Note($"silo {old.SiloPort} had ended with code {old.ExitCode}", start);
            Assert.Equal(0, old.ExitCode);
        }

        var completed = load.CountOf("Completed");
        await Until.True(() => load.CountOf("Completed") > completed + 20, "callers to get outcomes of the new silos");
        await StopAsync(load);
        Assert.Equal(["Completed"], load.Outcomes.Keys);
        var quiet = Stopwatch.GetTimestamp();
        await auditor.WaitUntilQuietAsync();
        Note("all was quiet", quiet);
        await AssertSoundAsync(auditor);
    }

    private Load Start(string pool, int callers, TimeSpan time)
        => new(callers, 0, HangLimit, async _ => Outcomes.Of(await Handler.GetPool(pool).RunAsync(TestJobs.Sleep(time, 1), Brief)));
}
