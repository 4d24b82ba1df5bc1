using Handler.Chaos;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>A short run of <c>./build.sh chaos</c>, which can run for any length of time.</summary>
[Collection(Alone.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Thirty_seconds_of_chaos_leave_no_exceeded_limits_no_leaks_no_orphans_and_no_waiting_callers()
    {
        var report = await ChaosRun.RunAsync(TimeSpan.FromSeconds(30), seed: 3, output.WriteLine);
        Assert.True(report.IsGood, report.ToString());
    }
}
