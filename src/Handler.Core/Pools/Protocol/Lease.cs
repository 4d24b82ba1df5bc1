namespace Handler.Pools;

/// <summary>The right to run one job on this node: a share in every pool of the chain. It is also the node's record of the job.</summary>
internal sealed class Lease(JobId job, PoolChain chain, string? name, long bytes)
{
    public JobId Job { get; } = job;

    public PoolChain Chain { get; } = chain;

    public string? Name { get; } = name;

    public long Bytes { get; } = bytes;

    /// <summary>The pool that was asked first, if it admitted the job in one step; see <see cref="ILocalActor.TryAdmit"/>.</summary>
    public ILocalActor? LocalActor { get; init; }

    /// <summary>The kill that counted this job, if any. A job is counted by one kill only.</summary>
    public Guid? KilledBy
    {
        get => (Guid?)killedBy;
        set => killedBy = value;
    }

    /// <summary>How the job ended, once it has.</summary>
    public LeaseOutcome Outcome => (Volatile.Read(ref stage) as End)?.Outcome ?? default;

    /// <summary>The next lease in the list of deferred releases of an embedded handler.</summary>
    public Lease? NextDeferred { get; set; }

    private object? killedBy; // boxed: few leases are killed, and a smaller lease means fewer bytes shared between processors

    private ILeaseStage? stage; // null before it runs

    /// <summary>
    /// Records how the job ended and drops the reference to what ran it, whose value may be large. Returns whether this is the first such
    /// call.
    /// </summary>
    public bool TryEnd(LeaseOutcome outcome)
    {
        while (true)
        {
            var before = Volatile.Read(ref stage);
            if (before is End)
                return false;
            if (Interlocked.CompareExchange(ref stage, End.Of(outcome), before) == before)
                return true;
        }
    }

    /// <summary>Records what runs the job. Returns the reason if the job was killed before; it must not start then.</summary>
    public string? Attach(ILeaseRunner runner) => (Interlocked.CompareExchange(ref stage, runner, null) as KilledEarly)?.Reason;

    /// <summary>
    /// Kills the job. Returns the <see cref="ILeaseRunner"/> that must be told, or another stage if the job has ended. Returns
    /// <see langword="null"/> if nothing runs it yet; <see cref="Attach"/> reports the kill then.
    /// </summary>
    public ILeaseStage? Kill(string reason)
        => Interlocked.CompareExchange(ref stage, new KilledEarly(reason), null) is var reached and not KilledEarly ? reached : null;

    /// <summary>The job was killed before anything ran it.</summary>
    private sealed class KilledEarly(string reason) : ILeaseStage
    {
        public string Reason => reason;
    }

    /// <summary>Replaces what ran the job: how it ended.</summary>
    private sealed class End(LeaseOutcome outcome) : ILeaseStage
    {
        private static readonly End[] Known =
            [.. Enumerable.Range(0, (int)JobOutcomeKind.Rejected).Select(static kind => new End(new LeaseOutcome((JobOutcomeKind)kind)))];

        public LeaseOutcome Outcome { get; } = outcome;

        public static End Of(LeaseOutcome outcome)
            => (int)outcome.Kind < Known.Length && !outcome.HasTurnLeft ? Known[(int)outcome.Kind] : new End(outcome);
    }
}
