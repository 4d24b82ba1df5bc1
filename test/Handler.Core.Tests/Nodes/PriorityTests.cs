using Handler.BadJobs;

namespace Handler.Tests.Nodes;

/// <summary>Which of several waiting jobs gets a worker first.</summary>
public sealed class PriorityTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Among_jobs_that_wait_for_a_worker_the_higher_priority_goes_first(bool inPool)
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            options.MaxWorkers = 1;
            options.AddPool("pool");
        });
        IJobRunner runner = inPool ? node.Handler.GetPool("pool") : node.Handler;
        using var folder = new TemporaryFolder();
        var (file, go) = (folder.File("order"), folder.File("go"));
        var first = runner.RunAsync(() => Signs.Await(go), null);
        var waiting = new List<Task<JobOutcome>>();
        foreach (var (name, priority) in new[] { ("low", -1), ("one", 0), ("high", 5), ("two", 0), ("highest", 6) })
            waiting.Add(runner.RunAsync(() => File.AppendAllText(file, name + " "), new JobOptions { Priority = priority }));
        Signs.Leave(go);
        foreach (var job in waiting.Prepend(first))
            (await Wait.For(job)).ThrowIfFailed();
        Assert.Equal("highest high one two low ", await File.ReadAllTextAsync(file));
    }
}
