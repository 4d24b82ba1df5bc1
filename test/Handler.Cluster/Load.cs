using System.Collections.Concurrent;
using System.Diagnostics;

namespace Handler.Cluster;

/// <summary>Callers that make one call after another until they are stopped. Every call must get an outcome.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly Func<Random, Task<string>> call;
    private readonly TimeSpan hangLimit;
    private readonly ConcurrentDictionary<string, int> outcomes = new();
    private readonly ConcurrentDictionary<long, long> open = new();
    private readonly Task callers;
    private volatile bool stopping;
    private long calls;
    private long longest;

    /// <param name="callers">How many calls are made at the same time.</param>
    /// <param name="seed">The seed of the calls' random numbers.</param>
    /// <param name="hangLimit">A call that takes longer than this hangs.</param>
    /// <param name="call">Makes a call, and returns the name of its outcome.</param>
    public Load(int callers, int seed, TimeSpan hangLimit, Func<Random, Task<string>> call)
    {
        this.call = call;
        this.hangLimit = hangLimit;
        this.callers = Task.WhenAll(Enumerable.Range(0, callers).Select(number => Task.Run(() => CallAsync(new Random(seed + number)))));
    }

    /// <summary>The number of calls for each outcome.</summary>
    public IReadOnlyDictionary<string, int> Outcomes => outcomes;

    /// <summary>Calls that threw, so they have no outcome at all.</summary>
    public ConcurrentQueue<string> Failures { get; } = [];

    public long Calls => Volatile.Read(ref calls);

    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref longest));

    /// <summary>The number of calls that have been without an outcome for too long.</summary>
    public int Hanging => open.Values.Count(start => Stopwatch.GetElapsedTime(start) > hangLimit);

    public int CountOf(string outcome) => outcomes.GetValueOrDefault(outcome);

    /// <summary>Stops making calls, and waits for the open ones.</summary>
    /// <returns>The number of calls that never returned or took too long.</returns>
    public async Task<int> StopAsync()
    {
        stopping = true;
        await Task.WhenAny(callers, Task.Delay(hangLimit));
        return open.Count + outcomes.GetValueOrDefault(TooLong);
    }

    /// <summary>Counted for a call that took too long, in addition to its own outcome.</summary>
    public const string TooLong = "(too long)";

    public ValueTask DisposeAsync()
    {
        stopping = true;
        return default;
    }

    public override string ToString()
        => string.Join(", ", outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Value} {outcome.Key}"));

    private async Task CallAsync(Random random)
    {
        while (!stopping)
        {
            var number = Interlocked.Increment(ref calls);
            var start = Stopwatch.GetTimestamp();
            open[number] = start;
            string outcome;
            try
            {
                outcome = await call(random);
            }
            catch (Exception exception)
            {
                outcome = $"{exception.GetType().Name}: {exception.Message}";
                Failures.Enqueue(outcome);
            }

            open.TryRemove(number, out _);
            outcomes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);
            var took = Stopwatch.GetElapsedTime(start);
            if (took > hangLimit)
                outcomes.AddOrUpdate(TooLong, 1, static (_, count) => count + 1);
            var before = Volatile.Read(ref longest);
            while (took.Ticks > before && Interlocked.CompareExchange(ref longest, took.Ticks, before) != before)
                before = Volatile.Read(ref longest);
        }
    }
}
