using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
            JobOutOfMemory tooMuch => $"{tooMuch.Message}; seen by {tooMuch.Source}",
            JobTimedOut late => $"{late.Message}; it ran {late.Elapsed}",
            var other => other.Message,
        });
        #endregion
    }

    public static async Task PoolsAsync()
    {
        #region pools
        await using IHandler handler = await EmbeddedHandler.StartAsync(options => options
            .AddPool("shared", pool => { pool.MaxWorkers = 20; pool.MaxMemoryBytes = 10L << 30; })
            .AddPool("customer", pool => { pool.MaxWorkers = 5; pool.MaxMemoryBytes = 5L << 30; pool.Parent = "shared"; }));

        IPool pool = handler.GetPool("customer");
        JobOutcome<int> hundred = await pool.RunAsync(() => 10 * 10, new JobOptions { MaxHeapBytes = 1 << 20, Name = "report" });

        await using JobHandle job = await pool.StartAsync(() => Thread.Sleep(60_000), new JobOptions { Name = "report", Wait = TimeSpan.FromSeconds(5) });
        int killed = await pool.KillAsync("report"); // or by id: pool.KillAsync(job.Id), or all: pool.KillAllAsync()
        PoolSnapshot now = await pool.GetSnapshotAsync();
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

    public static IHost Host(string[] args)
    {
        #region hosted
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(args);
        builder.Services.AddHandler(options => options.MaxWorkers = 8); // then take an IHandler where you need it
        #endregion
        return builder.Build();
    }

    public static IHost ConfiguredHost(string[] args)
    {
        #region configured
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(args);
        builder.Services.AddHandler(builder.Configuration.GetSection("Handler"));
        #endregion
        return builder.Build();
    }

    private static int CountWords(string text) => text.Split(' ').Length;
}
