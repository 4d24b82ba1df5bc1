namespace Handler.Pools;

/// <summary>Counts admissions, rejects and outcomes of jobs.</summary>
internal sealed class PoolTotalsCounter
{
    private readonly long[] _rejected = new long[(int)Enum.GetValues<RejectReason>().Max() + 1];
    private readonly long[] _ended = new long[(int)Enum.GetValues<LeaseEnding>().Max() + 1];

    public void Admitted() => _ended[0]++; // next to the counter that most jobs increment when they end

    public void Rejected(RejectReason reason) => _rejected[(int)reason]++;

    public void Ended(LeaseEnding ending)
    {
        if (ending.Refusal() is { } reason)
            Rejected(reason);
        else
            _ended[(int)ending]++;
    }

    public PoolTotals Read() => new()
    {
        Admitted = _ended[0],
        Rejected = Enum.GetValues<RejectReason>().Where(reason => _rejected[(int)reason] > 0).ToDictionary(reason => reason, reason => _rejected[(int)reason]),
        Ended = Enum.GetValues<LeaseEnding>().Where(ending => _ended[(int)ending] > 0).ToDictionary(ending => ending.ToString(), ending => _ended[(int)ending]),
    };
}
