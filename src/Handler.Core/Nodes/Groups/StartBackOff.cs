using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Delays new workers after failed starts: 100 ms after the first failure, doubling with each further one, 5 s at most. Starts that run and
/// fail at the same time count as one failure.
/// </summary>
/// <param name="patience">
/// How long starts must have kept failing, in Stopwatch ticks (ns), before waiting for a worker makes no sense.
/// </param>
internal sealed class StartBackOff(long patience)
{
    private int failures;
    private long failingSince;
    private long nextAt;

    /// <summary>Why the last start failed.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Whether starts have kept failing for so long that waiting for a worker makes no sense.</summary>
    public bool HasGivenUp(long now) => failures >= Tuning.Workers.LeastStartFailures && now - failingSince >= patience;

    public bool Allows(long now) => now >= nextAt;

    public void Succeeded() => (failures, nextAt) = (0, 0);

    /// <param name="now">The time.</param>
    /// <param name="reason">Why the start failed.</param>
    /// <param name="next">When the next start may be tried.</param>
    /// <returns>Whether the failure counts. It does not if another start of the same burst has already failed.</returns>
    public bool Failed(long now, string reason, out long next)
    {
        Reason = reason;
        var counts = Allows(now);
        if (counts)
        {
            if (failures == 0)
                failingSince = now;
            nextAt = now + Math.Min(Tuning.Workers.MaxStartDelay, Tuning.Workers.FirstStartDelay << Math.Min(failures, 10));
            failures++;
        }

        next = nextAt;
        return counts;
    }
}
