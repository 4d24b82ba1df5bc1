namespace Handler.Tests.Embedded;

public sealed class KillCountTests
{
    [Fact]
    public async Task A_kill_counts_only_the_jobs_that_it_ended()
    {
        const int Callers = 4, Calls = 100;
        await using var node = await TestNode.StartAsync(options => options.AddPool("pool"));
        var pool = node.Handler.GetPool("pool");
        var callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)));
        var counted = 0;
        while (!callers.IsCompleted)
            counted += await pool.KillAsync("brief");
        Assert.Equal((await Wait.For(callers)).Sum(), counted);
        Assert.True(counted > 0, "no kill met a running job");

        async Task<int> CallAsync()
        {
            var killed = 0;
            for (var i = 0; i < Calls; i++)
            {
                if ((await pool.RunAsync(static () => 1, new JobOptions { Name = "brief" })).Kind == JobOutcomeKind.Killed)
                    killed++;
            }

            return killed;
        }
    }
}
