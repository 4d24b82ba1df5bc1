using System.Diagnostics;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>Silos that die without a word.</summary>
public sealed class DeathTests(ClusterFixture fixture, ITestOutputHelper output) : ClusterTest(fixture, output)
{
    [Fact]
    public async Task The_jobs_of_a_killed_silo_are_lost_soon_after_the_verdict_and_their_capacity_is_back()
    {
        var pool = NewName("pool");
        await Handler.AddPoolAsync(pool, Limits(40));
        await using var auditor = await Auditor.StartAsync(Cluster, pool);
        var jobs = await StartOnEachSilo(pool, 40);
        var where = await WhereAsync(pool);
        var holder = await Cluster.SiloOfPoolAsync(pool);
        var killed = Cluster.Silos.First(silo => silo != holder);
        var start = Stopwatch.GetTimestamp();
        var verdict = await Cluster.KillAsync(killed);
        Note("the verdict came", start);
        var lost = jobs.Where(job => where[job.Id] == killed).ToList();
        await AssertLostSoonAsync(lost, verdict);
        await AssertSoundAsync(auditor, verdict, [pool]);
        foreach (var job in jobs.Except(lost))
        {
            Assert.False(job.Outcome.IsCompleted);
            await job.DisposeAsync();
        }

        await auditor.WaitUntilQuietAsync();
    }
}
