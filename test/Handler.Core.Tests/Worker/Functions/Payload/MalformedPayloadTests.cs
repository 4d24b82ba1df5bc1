using System.Buffers;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>Malformed bytes always cause the same kind of exception, quickly and without much memory.</summary>
public sealed class MalformedPayloadTests
{
    private readonly LoopbackRunner runner = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_and_damaged_calls_are_read_or_refused_without_another_error(int seed)
    {
        var random = new Random(seed);
        var calls = Calls();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 3000; round++)
        {
            var call = Damage(calls[random.Next(calls.Count)], random);
            try
            {
                runner.Bind(call); // some damage only changes a value, so the call can still be read
            }
            catch (FunctionLoadException)
            {
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, round {round}: {exception}");
            }
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1L << 30);
    }

    [Fact]
    public void A_call_that_is_cut_off_at_any_byte_is_refused()
    {
        foreach (var call in Calls())
        {
            for (var length = 0; length < call.Length; length++)
            {
                if (length > 0 && call.Length - length > 0)
                    Assert.ThrowsAny<FunctionLoadException>(() => runner.Bind(call.AsSpan(0, length)));
            }

            Assert.Contains("too many", Assert.Throws<FunctionLoadException>(() => runner.Bind([.. call, 0])).Message);
        }
    }

    [Fact]
    public void An_empty_call_is_refused() => Assert.Throws<FunctionLoadException>(() => runner.Bind([]));

    [Fact]
    public void Damaged_results_are_refused_with_the_type_that_was_expected()
    {
        var random = new Random(4);
        Check(12345);
        Check("text");
        Check(DateTime.UtcNow);
        Check(DateTimeOffset.Now);
        Check(1.5m);
        Check<int?>(5);
        Check(DateOnly.MaxValue);
        Check(TimeOnly.MaxValue);
        Check(true);
        Check(new Poco { Number = 1, Text = "x" });
        Check(new List<string> { "a", "b" });
        Check<Shape>(new Circle { Radius = 1 });
        Check<object>("text");
        Check(typeof(List<int>));
        Assert.Contains("System.Int32", Assert.Throws<FormatException>(() => runner.Encoder.ReadResult<int>([])).Message);
        Assert.Throws<FormatException>(() => runner.Encoder.ReadResult<NoValue>([0]));

        void Check<T>(T value)
        {
            var writer = new ArrayBufferWriter<byte>();
            var bound = runner.Bind(runner.Encode(new JobFunction<T>((Func<T>)(() => value))));
            bound.Invoke(default);
            bound.WriteResult(writer);
            for (var round = 0; round < 500; round++)
            {
                try
                {
                    runner.Encoder.ReadResult<T>(Damage(writer.WrittenSpan.ToArray(), random));
                }
                catch (FormatException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_result_is_forgotten_once_it_is_written()
    {
        var bound = runner.Bind(runner.Encode(new JobFunction<List<int>>((Func<List<int>>)(static () => [1]))));
        var (first, second) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        bound.Invoke(default);
        bound.WriteResult(first);
        bound.WriteResult(second);
        Assert.Single(runner.Encoder.ReadResult<List<int>>(first.WrittenSpan));
        Assert.Null(runner.Encoder.ReadResult<List<int>>(second.WrittenSpan));
    }

    private List<byte[]> Calls()
    {
        var (number, text, when) = (1, "text", DateTime.UtcNow);
        object poco = new Poco { Number = 1 };
        IReadOnlyList<int> list = new List<int> { 1, 2 };
        var again = list;
        Func<int, int> add = n => n + number;
        return
        [
            runner.Encode(new JobFunction<int>((Func<int>)(static () => 1))),
            runner.Encode(new JobFunction<string>((Func<string>)(() => text + number + when))),
            runner.Encode(new JobFunction<int>((Func<int>)(() => list.Count + again.Count + (poco is null ? 1 : 0)))),
            runner.Encode(new JobFunction<int>((Func<int>)(() => add(number)))),
            runner.Encode(JobFunction<string>.Registered("test.greet", new RegisteredFunctionTests.Greeting("Ann"))),
        ];
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            return noise;
        }

        var copy = original.ToList();
        for (var change = random.Next(1, 4); change > 0 && copy.Count > 0; change--)
        {
            var at = random.Next(copy.Count);
            switch (random.Next(4))
            {
                case 0:
                    copy.RemoveRange(at, Math.Min(random.Next(1, 8), copy.Count - at));
                    break;
                case 1:
                    copy.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    copy[at] = random.Next(3) == 0 ? (byte)255 : (byte)random.Next(256);
                    break;
            }
        }

        return [.. copy];
    }
}
