namespace Handler.Nodes;

/// <summary>
/// Holds back new workers after starts that failed: 100 ms after the first, twice that after each more, 5 s at most. Starts that were under way together and fail together count as one.
/// </summary>
/// <param name="patience">For how long starts must have failed, in Stopwatch ticks (ns), before waiting for a worker makes no sense.</param>
internal sealed class StartBackOff(long patience)
{
    private const long First = 100_000_000, Most = 5_000_000_000; // ns
    private const int LeastFailures = 3;

    private int failures;
    private long failingSince;
    private long nextAt;

    /// <summary>Why the last one failed.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Whether starts have failed time after time for so long that waiting for a worker makes no sense.</summary>
    public bool IsHopeless(long now) => failures >= LeastFailures && now - failingSince >= patience;

    public bool Allows(long now) => now >= nextAt;

    public void Succeeded() => (failures, nextAt) = (0, 0);

    /// <param name="now">The time.</param>
    /// <param name="reason">Why it failed.</param>
    /// <param name="next">When the next start may be tried.</param>
    /// <returns>Whether it counts: not, if another one of the same burst has failed before.</returns>
    public bool Failed(long now, string reason, out long next)
    {
        Reason = reason;
        var counts = Allows(now);
        if (counts)
        {
            if (failures == 0)
                failingSince = now;
            nextAt = now + Math.Min(Most, First << Math.Min(failures, 10));
            failures++;
        }

        next = nextAt;
        return counts;
    }
}
