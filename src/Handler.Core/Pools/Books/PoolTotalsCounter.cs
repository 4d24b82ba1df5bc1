namespace Handler.Pools;

/// <summary>Counts admissions, rejects and outcomes of jobs.</summary>
internal sealed class PoolTotalsCounter
{
    private static readonly JobOutcomeKind[] Kinds = Enum.GetValues<JobOutcomeKind>();
    private static readonly RejectReason[] Reasons = Enum.GetValues<RejectReason>();

    private readonly long[] rejected = new long[(int)Reasons.Max() + 1];

    // Admissions are at 0, next to the completed jobs: most jobs increment both.
    private readonly long[] ended = new long[(int)Kinds.Max() + 1];
    private long withdrawn;

    public void Admitted() => ended[0]++;

    public void Rejected(RejectReason reason) => rejected[(int)reason]++;

    /// <summary>Counts the end of an admitted job. One that its node rejected counts as a reject, as it does for its caller.</summary>
    public void Ended(LeaseOutcome outcome)
    {
        if (outcome == LeaseOutcome.Withdrawn)
            withdrawn++;
        else if (outcome.Kind == JobOutcomeKind.Rejected)
            Rejected(outcome.Reason);
        else
            ended[(int)outcome.Kind]++;
    }

    public PoolTotals Read() => new()
    {
        Admitted = ended[0],
        Rejected = Reasons.Where(reason => rejected[(int)reason] > 0).ToDictionary(reason => reason, reason => rejected[(int)reason]),
        Outcomes = Kinds.Where(kind => ended[(int)kind] > 0).ToDictionary(kind => kind, kind => ended[(int)kind]),
        Withdrawn = withdrawn,
    };
}
