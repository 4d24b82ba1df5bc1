using System.Diagnostics;
using Handler.Nodes;
using Handler.Platform;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Nodes;

/// <summary>The watchdog's thread alone: each look removes what is due and returns the time of the next thing.</summary>
public sealed class NodeWatchdogTests : IDisposable
{
    private readonly NodeWatchdog watchdog;
    private readonly List<long> waiting = [];
    private readonly RecordingLogger logger = new();
    private int looks;
    private int failures;

    public NodeWatchdogTests() => watchdog = new NodeWatchdog(new LinuxPlatform(), Look, logger);

    public void Dispose() => watchdog.Dispose();

    [Fact]
    public async Task The_watchdog_looks_once_when_it_starts_and_then_sleeps()
    {
        watchdog.Start();
        await Wait.Until(() => looks == 1, "the first look");
        Ask(Milliseconds(100));
        await Wait.Until(() => Waiting == 0, "the look at what was due");
        Assert.InRange(looks, 2, 4); // one for the ring, and one when the time is due
    }

    [Fact]
    public async Task An_earlier_check_wakes_the_watchdog()
    {
        watchdog.Start();
        Ask(Milliseconds(3_600_000));
        Ask(Milliseconds(1));
        await Wait.Until(() => Waiting == 1, "a look before the hour is over");
    }

    [Fact]
    public async Task The_watchdog_forgets_no_requested_check()
    {
        watchdog.Start();
        await Wait.For(
            Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 1000; i++)
                    Ask(Stopwatch.GetTimestamp() + Random.Shared.Next(2_000_000));
            }))),
            "all to have asked");
        await Wait.Until(() => Waiting == 0, () => $"{Waiting} looks were forgotten");
    }

    [Fact]
    public async Task A_failed_check_is_logged_as_an_error_and_the_watchdog_continues()
    {
        failures = 2;
        watchdog.Start();
        await Wait.Until(() => looks >= 3, "a look after those that failed");
        Assert.Equal(
            (LogLevel.Error, 1301, "look 1"),
            logger.Lines.Select(line => (line.Level, line.Id, line.Exception!.Message)).Single());
        Ask(Milliseconds(1));
        await Wait.Until(() => Waiting == 0, "the look at what was due");
    }

    [Fact]
    public async Task A_logger_that_throws_does_not_stop_the_watchdog()
    {
        failures = 1;
        logger.Throws = true;
        watchdog.Start();
        Ask(Milliseconds(1));
        await Wait.Until(() => Waiting == 0, "the look at what was due");
    }

    private int Waiting
    {
        get
        {
            lock (waiting)
                return waiting.Count;
        }
    }

    private static long Milliseconds(long count) => Stopwatch.GetTimestamp() + (count * 1_000_000);

    private void Ask(long due)
    {
        lock (waiting)
            waiting.Add(due);
        watchdog.WakeBy(due);
    }

    private long Look(long now)
    {
        var look = Interlocked.Increment(ref looks);
        if (look <= failures)
            throw new InvalidOperationException($"look {look}");
        lock (waiting)
        {
            waiting.RemoveAll(due => due <= now);
            return waiting.Count == 0 ? long.MaxValue : waiting.Min();
        }
    }
}
