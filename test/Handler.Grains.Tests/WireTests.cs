using Handler.Grains.Wire;
using Handler.Remote;

namespace Handler.Grains.Tests;

/// <summary>What comes from a client or silo of another version.</summary>
public sealed class WireTests
{
    public static TheoryData<string, Action> Unknown => new()
    {
        { "CallState 99", () => new CallReplyConverter().ConvertFromSurrogate(new CallReplyWire { State = 99 }) },
        { "KillCause 99", () => new StopConverter().ConvertFromSurrogate(new StopWire { Cause = 99, Reason = "" }) },
        { "LeaseEnding 99", () => new ReleaseRequestConverter().ConvertFromSurrogate(new ReleaseRequestWire { Ending = 99 }) },
        { "RejectReason 99", () => new JobEndingConverter().ConvertFromSurrogate(new JobEndingWire { Kind = 10, Text = "pool", Code = 99 }) },
        { "RejectReason 98", () => new RejectConverter().ConvertFromSurrogate(new RejectWire { Pool = "pool", Reason = 98 }) },
        { "MemoryLimitSource 99", () => new JobEndingConverter().ConvertFromSurrogate(new JobEndingWire { Kind = 4, Code = 99 }) },
        { "Kind 99", () => new JobEndingConverter().ConvertFromSurrogate(new JobEndingWire { Kind = 99 }) },
        { "Kind 0", () => new JobEndingConverter().ConvertFromSurrogate(default) },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public void A_value_that_this_version_does_not_know_is_named_together_with_those_it_knows(string name, Action read)
    {
        var exception = Assert.Throws<HandlerProtocolException>(read);
        Assert.Contains($"A message has the {name}, which this version of Handler does not know; it knows ", exception.Message);
        Assert.Contains("versions that fit together", exception.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_size_that_nothing_has_is_named(int rest)
    {
        var read = () => new CallReplyConverter().ConvertFromSurrogate(new CallReplyWire { State = (int)CallState.Ended, Rest = rest });
        Assert.Contains($"has {rest} bytes as its Rest; allowed is 0 to", Assert.Throws<HandlerProtocolException>(read).Message);
    }

    [Fact]
    public void What_must_not_be_missing_is_named()
        => Assert.Contains("without its node", Assert.Throws<HandlerProtocolException>(() => new NodeIdConverter().ConvertFromSurrogate(default)).Message);
}
