namespace Handler.Workers;

/// <summary>Holds back new workers after starts that failed: 100 ms after the first, twice that after each more, 30 s at most.</summary>
internal sealed class StartBackOff
{
    private const long First = 100_000_000, Most = 30_000_000_000; // ns
    private const int HopelessAfter = 3;

    private int failures;
    private long nextAt;

    /// <summary>Whether so many failed in a row that waiting for a worker makes no sense.</summary>
    public bool IsHopeless => failures >= HopelessAfter;

    /// <summary>Why the last one failed.</summary>
    public string Reason { get; private set; } = "";

    public bool Allows(long now) => now >= nextAt;

    public void Succeeded() => (failures, nextAt) = (0, 0);

    /// <returns>When the next start may be tried.</returns>
    public long Failed(long now, string reason)
    {
        Reason = reason;
        nextAt = now + Math.Min(Most, First << Math.Min(failures, 10));
        failures++;
        return nextAt;
    }
}
