namespace Handler.Pools;

/// <summary>A yes with the chain of the lease, or a reject; there is no reject with a yes.</summary>
internal readonly record struct AcquireReply(PoolChain? Chain, Reject Reject)
{
    public bool Admitted => Chain is not null;

    public static AcquireReply Yes(PoolChain chain) => new(chain, null!);

    public static AcquireReply No(Reject reject) => new(null, reject);
}
