using System.Buffers;
using Handler.Cluster;
using Handler.Functions;

namespace Handler.Tests.Cluster;

/// <summary>How long functions take, where only their encoded calls are known.</summary>
public sealed class FunctionProfilesTests
{
    private readonly FunctionProfiles profiles = new();

    [Fact]
    public void Calls_of_one_function_share_a_profile_regardless_of_captured_values()
    {
        var profile = profiles.Of(Encode(() => 1));
        var (one, two) = (1, 2);
        Assert.NotSame(profile, profiles.Of(Encode(() => one)));
        Assert.Same(profiles.Of(Capturing(one)), profiles.Of(Capturing(two)));
    }

    [Fact]
    public void Bytes_that_are_not_a_call_also_have_a_profile()
        => Assert.Same(profiles.Of([0xff, 0xff, 0xff, 0xff, 0xff]), profiles.Of([0xff, 0xff, 0xff, 0xff, 0xff]));

    [Fact]
    public void The_number_of_known_function_profiles_is_limited()
    {
        var first = profiles.Of(Reference(0));
        Assert.Same(first, profiles.Of(Reference(0)));
        for (var i = 1; i <= 4_096; i++)
            profiles.Of(Reference(i));
        Assert.NotSame(first, profiles.Of(Reference(0)));
    }

    private static byte[] Capturing(int value) => Encode(() => value);

    private static byte[] Encode(Func<int> function)
        => new FunctionEncoder(new HandlerOptions()).Encode(new JobFunction<int>(function), 1 << 20).Call.ToArray();

    /// <summary>A call that begins with a reference of four bytes.</summary>
    private static byte[] Reference(int number)
    {
        var call = new ArrayBufferWriter<byte>();
        call.WriteBlock(BitConverter.GetBytes(number));
        return call.WrittenSpan.ToArray();
    }
}
