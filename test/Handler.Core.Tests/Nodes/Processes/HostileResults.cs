using System.Text;
using Handler.Functions;
using Handler.Fuzz;
using Handler.Tests.Functions;

namespace Handler.Tests.Nodes;

/// <summary>Results as an attacker would write them, and how reading them must end.</summary>
internal static class HostileResults
{
    public static readonly JobLimits Limits = new() { MaxHeapBytes = 2 << 20, Timeout = TimeSpan.FromSeconds(1) };

    /// <summary>Asserts that reading fails with the reason and costs no more than the limits allow.</summary>
    public static void Fails<T>(string reason, byte[] result, JobLimits? limits = null)
    {
        var encoder = new LoopbackRunner().Encoder;
        limits ??= Limits;
        var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), ThreadClock.Milliseconds);
        var error = Assert.Throws<FormatException>(() => encoder.ReadResult<T>(result, limits, TimeSpan.Zero));
        Assert.Contains(reason, error.Message);
        Assert.True(error.Message.Length < 2_000, $"a message of {error.Message.Length} characters");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (8 * limits.MaxHeapBytes) + (4 << 20));
        AssertUsed<T>(20_000, start);
    }

    public static void Soon<T>(string json)
    {
        var start = ThreadClock.Milliseconds;
        var error = Record.Exception(()
            => new LoopbackRunner().Encoder.ReadResult<T>(Json(Encoding.ASCII.GetBytes(json)), Limits, TimeSpan.Zero));
        Assert.True(error is null or FormatException, $"{typeof(T)}: {error}");
        Assert.True(error is null || error.Message.Length < 2_000, $"{typeof(T)}: a message of {error?.Message.Length} characters");
        AssertUsed<T>(10_000, start);
    }

    private static void AssertUsed<T>(long most, long start)
        => Assert.True(ThreadClock.Milliseconds - start < most, $"{typeof(T)} used {ThreadClock.Milliseconds - start} ms of this thread");

    public static void Reads<T>(T value, Func<T, bool> check)
        => Assert.True(check(new LoopbackRunner().Encoder.ReadResult<T>(Result(value), Limits, TimeSpan.Zero)), typeof(T).ToString());

    public static byte[] Result<T>(T value)
    {
        var runner = new LoopbackRunner();
        var bound = runner.Bind(runner.Encode(new JobFunction<T>((Func<T>)(() => value))));
        bound.Invoke(default);
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        bound.WriteResult(writer);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Json(ReadOnlySpan<byte> json) => [(byte)ValueKind.Serialized, .. Block(json)];

    public static byte[] Block(ReadOnlySpan<byte> bytes)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        writer.WriteBlock(bytes);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Name(string name) => Block(Encoding.UTF8.GetBytes(name));

    public static byte[] Repeat(Func<int, string> item, int length, char open = '[', char close = ']')
    {
        var json = new StringBuilder(length + 64).Append(open).Append(item(0));
        for (var i = 1; json.Length < length; i++)
            json.Append(',').Append(item(i));
        return Json(Encoding.ASCII.GetBytes(json.Append(close).ToString()));
    }
}
