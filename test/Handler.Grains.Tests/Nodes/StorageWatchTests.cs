using System.Collections.Concurrent;
using Handler.Grains.Nodes;
using Handler.Pools;
using Handler.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Grains.Tests;

/// <summary>How a silo has its pools written again that storage has lost.</summary>
public sealed class StorageWatchTests : IDisposable
{
    private const int NotRestored = 1406, CannotRestore = 1407;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider time = new();
    private readonly RecordingLogger logger = new();
    private readonly ConcurrentQueue<object?[]> calls = [];
    private readonly Dictionary<string, PoolConfiguration> configured = new() { ["pool"] = new() { Limits = new PoolLimits(1, 1) } };
    private readonly CancellationTokenSource ending = new();
    private readonly StorageWatch watch;
    private Func<Task<IReadOnlyList<string>>> restore = static () => Task.FromResult<IReadOnlyList<string>>([]);

    public StorageWatchTests()
    {
        var options = new HandlerOptions();
        options.AddPoolSelector("selector", static (_, _) => []);
        var catalog = Fake.Of<IPoolCatalogGrain>((_, arguments) =>
        {
            calls.Enqueue(arguments);
            return restore();
        });
        var log = new Logger<IHandler>(Fake.Of<ILoggerFactory>((_, _) => logger));
        watch = new StorageWatch(Fake.Grains((_, _) => catalog), Options.Create(options), time, log);
    }

    public void Dispose() => ending.Dispose();

    [Fact]
    public async Task The_catalog_is_asked_at_each_interval_with_the_silos_pools_and_selectors()
    {
        var watching = Watch();
        Assert.Empty(calls);
        await Pass(1);
        await Pass(2);
        Assert.All(calls, arguments =>
        {
            Assert.Same(configured, arguments[0]);
            Assert.Equal(["selector"], Assert.IsType<string[]>(arguments[1]));
        });
        Assert.Empty(logger.Lines);
        await End(watching);
    }

    [Fact]
    public async Task Each_error_is_logged_and_the_checks_continue()
    {
        restore = static () => Task.FromResult<IReadOnlyList<string>>(["one", "two"]);
        var watching = Watch();
        await Pass(1);
        await Pass(2);
        await End(watching);
        Assert.All(logger.Lines, static line => Assert.Equal((NotRestored, LogLevel.Error), (line.Id, line.Level)));
        Assert.Equal(["one", "two", "one", "two"], logger.Lines.Select(static line => line.Text.Split(": ")[^1]));
    }

    [Fact]
    public async Task A_check_that_fails_is_repeated_with_the_next_tick()
    {
        restore = static () => Task.FromException<IReadOnlyList<string>>(new IOException("no Redis"));
        var watching = Watch();
        await Pass(1);
        await Pass(2);
        await End(watching);
        Assert.All(logger.Lines, static line => Assert.Equal((CannotRestore, LogLevel.Debug), (line.Id, line.Level)));
    }

    [Fact]
    public async Task A_check_that_lasts_does_not_delay_the_end()
    {
        restore = static () => new TaskCompletionSource<IReadOnlyList<string>>().Task;
        var watching = Watch();
        await Pass(1);
        await End(watching);
        Assert.Empty(logger.Lines);
    }

    private Task Watch() => watch.WatchAsync(configured, ending.Token);

    /// <summary>Lets the time of one interval pass, and waits for the check.</summary>
    private async Task Pass(int checks)
    {
        await time.PassAsync(Interval);
        await Wait.Until(() => calls.Count == checks, () => $"{checks} checks, not {calls.Count}");
    }

    private async Task End(Task watching)
    {
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(watching, "the watch to end"));
    }
}
