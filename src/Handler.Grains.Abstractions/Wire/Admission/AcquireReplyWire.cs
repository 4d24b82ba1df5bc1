using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="AcquireReply"/> on the wire: a chain, or a reject.</summary>
[GenerateSerializer]
[Alias("handler.AcquireReply")]
[Immutable]
internal struct AcquireReplyWire
{
    [Id(0)]
    public PoolChain? Chain;

    [Id(1)]
    public JobRejected? Reject;

    [Id(2)]
    public bool AskAgain;
}

[RegisterConverter]
internal sealed class AcquireReplyConverter : IConverter<AcquireReply, AcquireReplyWire>
{
    public AcquireReply ConvertFromSurrogate(in AcquireReplyWire wire)
        => wire.Chain is { } chain
            ? AcquireReply.Yes(chain)
            : AcquireReply.No(WireGuard.NotNull(wire.Reject, nameof(wire.Reject)), wire.AskAgain);

    public AcquireReplyWire ConvertToSurrogate(in AcquireReply value) => new()
    {
        Chain = value.Chain,
        Reject = value.Reject,
        AskAgain = value.AskAgain,
    };
}
