using Microsoft.Extensions.Logging;

namespace Handler.Abuse;

/// <summary>
/// The worker's program is missing for a while, as during an in-place deployment. Meanwhile jobs wait that each need a separate process.
/// </summary>
public sealed class MovedWorker : IScenario
{
    private const int Jobs = 50;
    private const int FailedStarts = 3;

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Handler.Worker.dll");
        using var failures = new StartFailures();
        await using var handler = await EmbeddedHandler.StartAsync(
            options =>
            {
                (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (4, 1, 0);
                options.Recycling.MaxJobs = 1;
            },
            failures);
        File.Move(program, program + ".away");
        var jobs = Enumerable.Range(0, Jobs).Select(number => handler.RunAsync(() => number)).ToList();
        failures.Wait(FailedStarts);
        File.Move(program + ".away", program);
        foreach (var group in (await Task.WhenAll(jobs)).GroupBy(outcome => outcome.IsSuccess ? "completed" : outcome.Message))
            Console.WriteLine($"{group.Key}: {group.Count()}");
    }

    /// <summary>Counts failed starts.</summary>
    private sealed class StartFailures : ILogger, IDisposable
    {
        private const int WorkerCouldNotBeStarted = 1004;

        private readonly SemaphoreSlim failed = new(0);

        public void Wait(int count)
        {
            for (var seen = 0; seen < count; seen++)
                failed.Wait();
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == WorkerCouldNotBeStarted)
                failed.Release();
        }

        public void Dispose() => failed.Dispose();
    }
}
