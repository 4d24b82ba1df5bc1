using Handler.Chaos;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>A short run of <c>./build.sh chaos</c>, which can run for any length of time.</summary>
[Collection(Alone.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Half_a_minute_of_chaos_leaves_nothing_over_its_limit_nothing_leaked_nothing_orphaned_and_nobody_waiting()
    {
        var report = await ChaosRun.RunAsync(TimeSpan.FromSeconds(30), seed: 3, output.WriteLine);
        Assert.True(report.IsGood, report.ToString());
    }
}
