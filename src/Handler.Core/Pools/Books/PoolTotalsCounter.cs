namespace Handler.Pools;

/// <summary>Counts admissions, rejects and outcomes of jobs.</summary>
internal sealed class PoolTotalsCounter
{
    private readonly long[] rejected = new long[(int)Enum.GetValues<RejectReason>().Max() + 1];
    private readonly long[] ended = new long[(int)Enum.GetValues<LeaseEnding>().Max() + 1];

    public void Admitted() => ended[0]++; // next to the counter that most jobs increment when they end

    public void Rejected(RejectReason reason) => rejected[(int)reason]++;

    public void Ended(LeaseEnding ending)
    {
        if (ending.Refusal() is { } reason)
            Rejected(reason);
        else
            ended[(int)ending]++;
    }

    public PoolTotals Read() => new()
    {
        Admitted = ended[0],
        Rejected = Enum.GetValues<RejectReason>().Where(reason => rejected[(int)reason] > 0)
            .ToDictionary(reason => reason, reason => rejected[(int)reason]),
        Ended = Enum.GetValues<LeaseEnding>().Where(ending => ended[(int)ending] > 0)
            .ToDictionary(ending => ending.ToString(), ending => ended[(int)ending]),
    };
}
