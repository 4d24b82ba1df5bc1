namespace Handler.Pools;

/// <summary>Either the chain of the lease, or a reject.</summary>
/// <param name="Chain">The chain; <see langword="null"/> if the job was not admitted.</param>
/// <param name="Reject">Why the job was not admitted; <see langword="null"/> if it was.</param>
/// <param name="AskAgain">
/// Whether a parent did not reply because the call failed immediately, for example while the parent moves to another silo. The node then
/// asks again while there is time. Nothing is held.
/// </param>
internal readonly record struct AcquireReply(PoolChain? Chain, JobRejected Reject, bool AskAgain)
{
    public bool Admitted => Chain is not null;

    public static AcquireReply Yes(PoolChain chain) => new(chain, null!, false);

    public static AcquireReply No(JobRejected reject, bool askAgain = false) => new(null, reject, askAgain);
}
