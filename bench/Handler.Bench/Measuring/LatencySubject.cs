using System.Diagnostics;

namespace Handler.Bench.Measuring;

/// <summary>Something whose latency is sampled by one caller, one call after the other.</summary>
internal sealed class LatencySubject
{
    private readonly Func<Memory<long>, Task> sample;
    private readonly List<long> ticks = [];
    private readonly List<double> roundMedians = [];

    private LatencySubject(Func<Memory<long>, Task> sample) => this.sample = sample;

    /// <summary>All samples so far, in µs.</summary>
    public Distribution Microseconds => Distribution.OfMicroseconds(ticks);

    /// <summary>
    /// The lowest and the highest median of a round, in µs. They are far apart if the scheduler sometimes puts both ends on one core (no
    /// idle core to wake: a few µs) and sometimes on two (tens of µs).
    /// </summary>
    public (double Lowest, double Highest) RoundMedians => (roundMedians.Min(), roundMedians.Max());

    /// <summary>An asynchronous call. It receives a number that differs from call to call.</summary>
    public static LatencySubject Async(Func<int, Task> call) => new(async buffer =>
    {
        for (var i = 0; i < buffer.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await call(i);
            buffer.Span[i] = Stopwatch.GetTimestamp() - start;
        }
    });

    /// <summary>A blocking call, made on its own thread.</summary>
    public static LatencySubject Blocking(Action call) => new(buffer => Task.Factory.StartNew(
        () =>
        {
            var span = buffer.Span;
            for (var i = 0; i < span.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                call();
                span[i] = Stopwatch.GetTimestamp() - start;
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default));

    /// <summary>Warms all subjects up, then samples them in turns, so that noise on the machine affects all of them alike.</summary>
    public static async Task SampleInTurnsAsync(
        IReadOnlyList<LatencySubject> subjects,
        int samples,
        int rounds,
        TimeSpan warmUp,
        CancellationToken cancellationToken)
    {
        foreach (var subject in subjects)
            await subject.WarmUpAsync(warmUp);

        var buffer = new long[samples / rounds];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var subject in subjects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await subject.sample(buffer);
                subject.Keep(buffer);
            }
        }
    }

    private void Keep(long[] round)
    {
        ticks.AddRange(round);
        roundMedians.Add(Distribution.OfMicroseconds(round).Median);
    }

    private async Task WarmUpAsync(TimeSpan duration)
    {
        var buffer = new long[100];
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration;)
            await sample(buffer);
    }
}
