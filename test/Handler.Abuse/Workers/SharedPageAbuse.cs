namespace Handler.Abuse;

/// <summary>
/// Jobs that change the memory their worker shares with the host: its size, and the counts with which the host finds replies in it.
/// </summary>
public sealed class SharedPageAbuse : IScenario
{
    private const int PublishedAt = 192, BaseAt = 200;

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 2);
        Console.WriteLine("shrink: " + (await handler.RunAsync(static () => JobCalls.Truncate(JobCalls.SharedPage, 0))).GetValueOrThrow());
        Console.WriteLine(
            "grow: " + (await handler.RunAsync(static () => JobCalls.Truncate(JobCalls.SharedPage, 1 << 30))).GetValueOrThrow());
        Console.WriteLine("hole: " + (await handler.RunAsync(PunchHole)).IsSuccess);
        foreach (var (from, published) in ((long, long)[])
                [
                    (long.MinValue, long.MaxValue),
                    (-(1L << 62), 1L << 62),
                    (long.MaxValue, long.MinValue),
                    (0, int.MaxValue),
                    (-(64 << 10), 64 << 10),
                    (1L << 62, long.MinValue + 5),
                ])
        {
            var outcome = await handler.RunAsync(() => Count(from, published));
            Console.WriteLine($"counts: {outcome.Message}");
        }

        Console.WriteLine("value: " + (await handler.RunAsync(static () => 1 + 1)).GetValueOrThrow());
    }

    /// <summary>Writes counts for replies that do not exist, and ends the process.</summary>
    public static unsafe void Count(long from, long published)
    {
        var page = (byte*)JobCalls.Map(null, 4096, 3, 1, JobCalls.SharedPage, 0);
        *(long*)(page + BaseAt) = from;
        *(long*)(page + PublishedAt) = published;
        JobCalls.ExitWithoutCleanup(3);
    }

    /// <summary>Frees the memory behind the page without changing the page's size, if the kernel allows it.</summary>
    private static int PunchHole() => JobCalls.Allocate(JobCalls.SharedPage, 3, 4096, 64 << 10);
}
