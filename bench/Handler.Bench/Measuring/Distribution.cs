using System.Diagnostics;

namespace Handler.Bench.Measuring;

/// <summary>Samples, sorted once; percentiles are exact (nearest rank), not read from a histogram.</summary>
internal sealed class Distribution
{
    private readonly double[] sorted;

    public Distribution(IEnumerable<double> samples)
    {
        sorted = samples.Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("There are no samples.", nameof(samples));
    }

    public double Median => Percentile(0.5);

    public double P99 => Percentile(0.99);

    public static Distribution OfMicroseconds(IEnumerable<long> ticks) => new(ticks.Select(tick => tick * 1e6 / Stopwatch.Frequency));

    public static Distribution OfMilliseconds(IEnumerable<TimeSpan> times) => new(times.Select(time => time.TotalMilliseconds));

    private double Percentile(double fraction) => sorted[(int)Math.Ceiling(fraction * sorted.Length) - 1];
}
