namespace Handler.Snippets;

internal static class Snippets
{
    public static async Task QuickStartAsync()
    {
        #region quick-start
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 8);

        JobOutcome<int> two = await handler.RunAsync(() => 1 + 1);
        Console.WriteLine(two.GetValueOrThrow()); // 2

        var text = "to be or not to be";
        JobOutcome<int> words = await handler.RunAsync(
            () => text.Split(' ').Distinct().Count(),
            new JobLimits { Timeout = TimeSpan.FromSeconds(2), MaxHeapBytes = 100 << 20 });
        #endregion
        Console.WriteLine(words.Message);
    }

    public static async Task OutcomesAsync()
    {
        await using var handler = await EmbeddedHandler.StartAsync();
        #region outcomes
        var outcome = await handler.RunAsync(
            () => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList(),
            new JobLimits { MaxHeapBytes = 4096 });

        Console.WriteLine(outcome.Failure switch
        {
            null => $"{outcome.GetValueOrThrow().Count} numbers",
            JobOutOfMemory memory => $"{memory.Message}; seen by {memory.Source}",
            JobTimedOut late => $"{late.Message}; it ran {late.Elapsed}",
            var other => other.Message,
        });
        #endregion
    }

    public static async Task PoolsAsync()
    {
        #region pools
        await using IHandler handler = await EmbeddedHandler.StartAsync(options => options
            .AddPool("customers", pool => { pool.MaxWorkers = 20; pool.MaxMemoryBytes = 10L << 30; })
            .AddPool("acme", pool => { pool.MaxWorkers = 5; pool.MaxMemoryBytes = 2L << 30; pool.Parent = "customers"; }));

        IPool acme = handler.GetPool("acme");
        JobOutcome<int> hundred = await acme.RunAsync(() => 10 * 10, new JobOptions { Wait = TimeSpan.FromSeconds(5) });

        await using JobHandle job = await acme.StartAsync(() => Thread.Sleep(60_000), new JobOptions { Name = "report" });
        int killed = await acme.KillAsync("report"); // or by id: acme.KillAsync(job.Id), or all: acme.KillAllAsync()

        await handler.TryAddPoolAsync("globex", pool => pool.Parent = "customers"); // also TryUpdatePoolAsync, RemovePoolAsync
        PoolSnapshot now = await acme.GetSnapshotAsync();
        #endregion
        Console.WriteLine($"{hundred.Message}, killed {killed}, now running {now.UsedWorkers}");
    }

    public static async Task RegisteredAsync()
    {
        #region registered
        await using var handler = await EmbeddedHandler.StartAsync(options => options.AddFunction("count-words", CountWords));
        var count = await handler.RunRegisteredAsync<string, int>("count-words", "one two three");
        #endregion
        Console.WriteLine(count.Message);
    }

    private static int CountWords(string text) => text.Split(' ').Length;
}
