namespace Handler.Pools;

/// <summary>Either the chain of the lease, or a reject.</summary>
internal readonly record struct AcquireReply(PoolChain? Chain, JobRejected Reject)
{
    public bool Admitted => Chain is not null;

    public static AcquireReply Yes(PoolChain chain) => new(chain, null!);

    public static AcquireReply No(JobRejected reject) => new(null, reject);
}
