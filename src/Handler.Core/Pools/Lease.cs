using Handler.Embedded;

namespace Handler.Pools;

/// <summary>The right to run one job on this node: a share in every pool of the chain. Also the node's own record of the job.</summary>
internal sealed class Lease(JobId job, PoolChain chain, string? name, long bytes)
{
    public JobId Job { get; } = job;

    public PoolChain Chain { get; } = chain;

    public string? Name { get; } = name;

    public long Bytes { get; } = bytes;

    /// <summary>The pool that was asked first, where it admitted the job at once: see <see cref="PoolActor.TryAdmit"/>.</summary>
    public PoolActor? Near { get; init; }

    /// <summary>The kill that counted it, if one did: no other one does.</summary>
    public Guid? KilledBy
    {
        get => (Guid?)_killedBy;
        set => _killedBy = value;
    }

    /// <summary>How its job ended, once it did.</summary>
    public LeaseEnding Ending => (Volatile.Read(ref _runner) as End)?.How ?? default;

    /// <summary>Of <see cref="LeaseTable"/>: the next one of its bucket.</summary>
    public ref Lease? NextInTable => ref _nextInTable;

    /// <summary>Of <see cref="DeferredReleases"/>: another one in their list.</summary>
    public Lease? EndedBefore { get; set; }

    private Lease? _nextInTable;
    private object? _killedBy; // boxed: few are killed, and all are written and read by several processors

    // Who runs the job; or, if that came first, the reason for which it was killed; or how it has ended.
    private object? _runner;

    /// <summary>Says how its job ended, and lets go of it: its value may be large. Answers whether nobody has said it before.</summary>
    public bool TryEnd(LeaseEnding ending)
    {
        while (true)
        {
            var before = Volatile.Read(ref _runner);
            if (before is End)
                return false;
            if (Interlocked.CompareExchange(ref _runner, End.Of(ending), before) == before)
                return true;
        }
    }

    /// <summary>Says who runs the job. Answers the reason if it has been killed before: then it must not start.</summary>
    public string? Attach(object runner) => Interlocked.CompareExchange(ref _runner, runner, null) as string;

    /// <summary>Kills the job. Answers who runs it and must be told, or something else where it has ended; <see langword="null"/> when nobody does yet: he will learn of it from <see cref="Attach"/>.</summary>
    public object? Kill(string reason) => Interlocked.CompareExchange(ref _runner, reason, null) is var runner and not string ? runner : null;

    /// <summary>In place of who ran it: how it ended.</summary>
    private sealed class End(LeaseEnding how)
    {
        private static readonly End[] Known = [.. Enumerable.Range(0, (int)Enum.GetValues<LeaseEnding>().Max() + 1).Select(how => new End((LeaseEnding)how))];

        public LeaseEnding How { get; } = how;

        public static End Of(LeaseEnding how) => Known[(int)how];
    }
}
