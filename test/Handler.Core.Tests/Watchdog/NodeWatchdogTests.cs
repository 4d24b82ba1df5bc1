using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.Platform;
using Handler.Watchdog;

namespace Handler.Tests.Watchdog;

public sealed class NodeWatchdogTests : IDisposable
{
    private readonly ConcurrentQueue<long> looks = new();
    private readonly NodeWatchdog watchdog;
    private long next = long.MaxValue;

    public NodeWatchdogTests()
    {
        watchdog = new NodeWatchdog(new LinuxPlatform(), now =>
        {
            looks.Enqueue(now);
            return Interlocked.Exchange(ref next, long.MaxValue);
        });
    }

    public void Dispose() => watchdog.Dispose();

    [Fact]
    public async Task It_looks_once_when_it_starts_and_then_only_when_something_is_due()
    {
        watchdog.Start();
        await Wait.Until(() => looks.Count == 1, "the first look");
        var due = Stopwatch.GetTimestamp() + 50_000_000;
        watchdog.WakeBy(due);
        await Wait.Until(() => looks.Last() >= due, "the look at what was due");
        Assert.InRange(looks.Count, 2, 3); // the ring itself may be one
    }

    [Fact]
    public async Task It_looks_again_when_the_last_look_said()
    {
        next = Stopwatch.GetTimestamp() + 50_000_000;
        var due = next;
        watchdog.Start();
        await Wait.Until(() => looks.Count >= 2, "the second look");
        Assert.True(looks.Last() >= due);
    }

    [Fact]
    public async Task Something_due_earlier_wakes_it()
    {
        watchdog.Start();
        watchdog.WakeBy(Stopwatch.GetTimestamp() + 3_600_000_000_000);
        watchdog.WakeBy(Stopwatch.GetTimestamp());
        await Wait.Until(() => looks.Count >= 2, "a look before the hour is over");
    }

    [Fact]
    public async Task Nothing_that_anybody_asked_for_is_forgotten()
    {
        watchdog.Start();
        await Wait.For(
            Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    var due = Stopwatch.GetTimestamp() + Random.Shared.Next(2_000_000);
                    watchdog.WakeBy(due);
                    await Wait.Until(() => looks.Last() >= due, "a look that was asked for");
                }
            }))),
            "all looks");
    }
}
