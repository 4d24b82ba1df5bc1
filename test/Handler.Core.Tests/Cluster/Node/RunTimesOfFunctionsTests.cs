using System.Buffers;
using Handler.Cluster;
using Handler.Functions;

namespace Handler.Tests.Cluster;

/// <summary>How long functions take, where only their encoded calls are known.</summary>
public sealed class RunTimesOfFunctionsTests
{
    private readonly RunTimesOfFunctions functions = new();

    [Fact]
    public void Calls_of_one_function_share_their_run_times_regardless_of_captured_values()
    {
        var runTimes = functions.Of(Encode(() => 1));
        var (one, two) = (1, 2);
        Assert.NotSame(runTimes, functions.Of(Encode(() => one)));
        Assert.Same(functions.Of(Capturing(one)), functions.Of(Capturing(two)));
    }

    [Fact]
    public void Bytes_that_are_not_a_call_also_have_run_times()
        => Assert.Same(functions.Of([0xff, 0xff, 0xff, 0xff, 0xff]), functions.Of([0xff, 0xff, 0xff, 0xff, 0xff]));

    [Fact]
    public void The_number_of_known_functions_is_limited()
    {
        var first = functions.Of(Reference(0));
        Assert.Same(first, functions.Of(Reference(0)));
        for (var i = 1; i <= 4_096; i++)
            functions.Of(Reference(i));
        Assert.NotSame(first, functions.Of(Reference(0)));
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
