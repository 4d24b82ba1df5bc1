using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Tests.Verdicts;

/// <summary>
/// The memory that a worker needs to read a job's arguments and to write its result does not count as the function's memory. A value within
/// the limit is sent, whatever its shape.
/// </summary>
[Collection(Alone.Name)]
public sealed class ResultMemoryTests : IAsyncLifetime
{
    private const int Mebibyte = 1 << 20;
    private static readonly JobLimits TenMebibytes = new() { MaxHeapBytes = 10 * Mebibyte };
    private static readonly JobLimits Large = new() { MaxHeapBytes = 400 * Mebibyte };
    private TestNode node = null!;

    public static readonly TheoryData<string> Shapes = [.. NearTheLimit.Keys];

    public static readonly TheoryData<string> TooLarge = [.. BeyondThePayload.Keys];

    public static readonly TheoryData<string> Arguments = [.. LargeArguments.Keys];

    /// <summary>Values of about 9.5 MiB, by shape. Each is written in a different way.</summary>
    private static Dictionary<string, Func<TestNode, Task<JobOutcome<int>>>> NearTheLimit
        => new()
        {
            ["bytes"] = node => Count(node.Run(static () => new byte[9_900_000]), static value => value.Length),
            ["text"] = node => Count(node.Run(static () => new string('x', 4_950_000)), static value => value.Length),
            ["text of three bytes a character"] = node =>
                Count(node.Run(static () => new string('€', 4_950_000)), static value => value.Length),
            ["numbers"] = node =>
                Count(node.Run(static () => Filled(2_400_000, static i => int.MinValue + i)), static value => value.Length),
            ["truth values"] = node => Count(node.Run(static () => Filled(9_900_000, static _ => false)), static value => value.Length),
            ["list of short texts"] = node =>
                Count(node.Run(static () => new List<string>(Filled(150_000, static i => "text " + i))), static value => value.Count),
            ["one long text in a list"] = node =>
                Count(node.Run(static () => new List<string> { new('\n', 4_900_000) }), static value => value[0].Length),
            ["control characters in a list"] = node =>
                Count(node.Run(static () => new List<string> { new('\u0001', 4_900_000) }), static value => value[0].Length),
            ["dictionary"] = node => Count(node.Run(static () => FilledDictionary(80_000)), static value => value.Count),
            ["arrays in an array"] = node =>
                Count(
                    node.Run(static () => Filled(80_000, static i => new[] { i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i })),
                    static value => value.Length),
            ["objects"] = node =>
                Count(node.Run(static () => Filled(100_000, static i => new Row { Number = i, Name = "row " + i })), static value =>
                    value.Length),
            ["deep objects"] = node => Count(node.Run(static () => Filled(5_000, static i => Nest(40, i))), static value => value.Length),
            ["dates"] = node =>
                Count(node.Run(static () => Filled(1_200_000, static i => DateTime.UnixEpoch.AddTicks(i))), static value => value.Length),
        };

    /// <summary>Values that exceed a payload limit of 8 MiB.</summary>
    private static Dictionary<string, Func<TestNode, Task<JobOutcome<int>>>> BeyondThePayload
        => new()
        {
            ["bytes"] = node => Count(node.Run(static () => new byte[20 * Mebibyte], Large), static value => value.Length),
            ["text"] = node => Count(node.Run(static () => new string('x', 20 * Mebibyte), Large), static value => value.Length),
            ["long text in a list"] = node =>
                Count(node.Run(static () => new List<string> { "\n" + new string('x', 100 * Mebibyte) }, Large), static value =>
                    value.Count),
            ["numbers"] = node =>
                Count(node.Run(static () => Filled(5_000_000, static i => int.MinValue + i), Large), static value => value.Length),
            ["one text in many places"] = node =>
                Count(node.Run(static () => Repeat(new string('x', 500_000), 1000)), static value => value.Count),
            ["a text that is written as more than it is"] = node =>
                Count(node.Run(static () => new List<string> { new('\u0001', 3 * Mebibyte) }, Large), static value => value.Count),
            ["objects that catch everything"] = node =>
                Count(node.Run(static () => Filled(1000, static _ => new Stubborn()), Large), static value => value.Length),
        };

    private static Dictionary<string, Func<TestNode, Task<JobOutcome<int>>>> LargeArguments => new()
    {
        ["bytes"] = node =>
        {
            var bytes = new byte[60 * Mebibyte];
            return node.Run(() => bytes.Length);
        },
        ["text"] = node =>
        {
            var text = new string('x', 60 * Mebibyte);
            return node.Run(() => text.Length);
        },
        ["numbers"] = node =>
        {
            var numbers = new List<int>(Filled(5_000_000, static _ => 1));
            return node.Run(() => numbers.Count);
        },
        ["objects that say little"] = node =>
        {
            var rows = new List<Row>(Filled(1_000_000, static _ => new Row { Name = "" }));
            return node.Run(() => rows.Count);
        },
        ["dictionary"] = node =>
        {
            var dictionary = FilledDictionary(300_000);
            return node.Run(() => dictionary.Count);
        },
        ["short texts"] = node =>
        {
            var texts = new List<string>(Filled(1_000_000, static _ => "a"));
            return node.Run(() => texts.Count);
        },
        ["a type whose constructor makes garbage"] = node =>
        {
            var wasteful = new Wasteful { Number = 7 };
            return node.Run(() => wasteful.Number);
        },
    };

    public async Task InitializeAsync()
        => node = await TestNode.StartAsync(static options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_result_of_half_the_default_limit_completes_every_time()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(5 << 20, (await node.Run(static () => new byte[5 << 20])).GetValueOrThrow().Length);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_result_just_within_the_limit_completes(string shape)
    {
        for (var i = 0; i < 2; i++)
            Assert.True((await NearTheLimit[shape](node)).GetValueOrThrow() > 0);
    }

    [Fact]
    public async Task A_result_of_the_largest_payload_completes()
    {
        const int Most = (64 * Mebibyte) - 5; // the kind and the length of the value count, too
        for (var i = 0; i < 3; i++)
            Assert.Equal(Most, (await node.Run(static () => new byte[Most], Large)).GetValueOrThrow().Length);
    }

    [Theory]
    [MemberData(nameof(TooLarge))]
    public async Task A_result_beyond_the_largest_payload_fails_and_names_the_option(string shape)
    {
        await using var small = await TestNode.StartAsync(static options =>
            (options.MaxWorkers, options.SpareWorkers, options.MaxPayloadBytes) = (1, 0, 8 * Mebibyte));
        var failed = Assert.IsType<JobFailed>((await BeyondThePayload[shape](small)).Failure);
        Assert.Contains("HandlerOptions.MaxPayloadBytes allows 8388608", failed.ExceptionMessage);
        Assert.Equal(2, (await small.Run(static () => 1 + 1)).GetValueOrThrow());
    }

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Large_arguments_do_not_count_as_memory_of_the_function(string kind)
        => Assert.True((await LargeArguments[kind](node)).GetValueOrThrow() > 0);

    [Fact]
    public async Task A_job_after_a_large_one_has_its_full_memory_limit()
    {
        for (var i = 0; i < 3; i++)
        {
            var captured = new byte[30 * Mebibyte];
            var jobs = new[]
            {
                node.Run(static () => new byte[9 * Mebibyte].Length),
                node.Run(() => captured.Length),
                node.Run(static () => new byte[9 * Mebibyte].Length),
            };
            var result = node.Run(static () => new byte[60 * Mebibyte], Large);
            var after = node.Run(static () => new byte[9 * Mebibyte]);
            foreach (var job in jobs)
                Assert.True((await job).IsSuccess, (await job).Message);
            Assert.True((await result).IsSuccess, (await result).Message);
            Assert.True((await after).IsSuccess, (await after).Message);
        }
    }

    [Fact]
    public async Task An_exception_with_a_huge_message_is_the_jobs_failure()
    {
        for (var i = 0; i < 3; i++)
        {
            var failed = Assert.IsType<JobFailed>(
                (await node.Run(static () => Throw(new InvalidOperationException(new string('x', 4_500_000))))).Failure);
            Assert.Equal("System.InvalidOperationException", failed.ExceptionType);
            Assert.StartsWith("xxxxxxxx", failed.ExceptionMessage);
        }
    }

    [Fact]
    public async Task An_exception_fits_into_the_smallest_payload()
    {
        await using var small = await TestNode.StartAsync(static options => options.MaxPayloadBytes = 4096);
        var failed = Assert.IsType<JobFailed>(
            (await small.Run(static () => Throw(new InvalidOperationException(new string('€', 1_000_000))))).Failure);
        Assert.StartsWith("€€€€", failed.ExceptionMessage);
    }

    [Fact]
    public async Task An_exception_that_holds_more_than_the_limit_is_out_of_memory()
        => Assert.IsType<JobOutOfMemory>(
            (await node.Run(static () => Throw(new InvalidOperationException(new string('x', 20_000_000))), TenMebibytes)).Failure);

    [Fact]
    public async Task A_getter_that_allocates_without_end_while_the_result_is_written_is_out_of_memory()
    {
        var outcome = Assert.IsType<JobOutOfMemory>((await node.Run(static () => new Hoarder())).Failure);
        Assert.InRange(outcome.PeakBytes, outcome.LimitBytes, 1L << 30);
    }

    [Fact]
    public async Task An_exception_whose_text_allocates_without_end_is_out_of_memory()
        => Assert.IsType<JobOutOfMemory>((await node.Run(static () => Throw(new HoardingException()))).Failure);

    [Fact]
    public async Task A_constructor_of_an_argument_that_allocates_native_memory_without_end_is_out_of_memory()
    {
        var argument = new NativeHoarder();
        NativeHoarder.Starts = false;
        Assert.IsType<JobOutOfMemory>((await node.Run(() => argument.Number)).Failure);
    }

    private static async Task<JobOutcome<int>> Count<T>(Task<JobOutcome<T>> running, Func<T, int> count)
    {
        var outcome = await running;
        return outcome.TryGetValue(out var value) ? new JobOutcome<int>(count(value)) : new JobOutcome<int>(outcome.Failure!);
    }

    private static int Throw(Exception exception) => throw exception;

    private static T[] Filled<T>(int count, Func<int, T> make)
    {
        var array = new T[count];
        for (var i = 0; i < count; i++)
            array[i] = make(i);
        return array;
    }

    private static Dictionary<string, int> FilledDictionary(int count)
    {
        var dictionary = new Dictionary<string, int>(count);
        for (var i = 0; i < count; i++)
            dictionary.Add("key " + i, i);
        return dictionary;
    }

    private static List<string> Repeat(string text, int count)
    {
        var list = new List<string>(count);
        for (var i = 0; i < count; i++)
            list.Add(text);
        return list;
    }

    private static Nested Nest(int depth, int number)
    {
        var nested = new Nested { Number = number };
        for (var i = 0; i < depth; i++)
            nested = new Nested { Number = number, Inner = nested };
        return nested;
    }

    public sealed class Row
    {
        public int Number { get; set; }

        public string Name { get; set; } = "";
    }

    public sealed class Nested
    {
        public int Number { get; set; }

        public Nested? Inner { get; set; }
    }

    /// <summary>A value that is written as 20 KB. Its converter catches every exception.</summary>
    [JsonConverter(typeof(StubbornConverter))]
    public sealed class Stubborn;

    public sealed class StubbornConverter : JsonConverter<Stubborn>
    {
        public override Stubborn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return new Stubborn();
        }

        public override void Write(Utf8JsonWriter writer, Stubborn value, JsonSerializerOptions options)
        {
            try
            {
                writer.WriteStringValue(new string('x', 20_000));
            }
            catch (Exception)
            {
                writer.WriteNullValue();
            }
        }
    }

    public sealed class Wasteful
    {
        public Wasteful()
        {
            for (var i = 0; i < 500; i++)
                Use(new byte[1 << 20]);
        }

        public int Number { get; set; }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Use(byte[] bytes) => bytes[^1] = 1;
    }

    public sealed class Hoarder
    {
        private static readonly List<byte[]> Hoard = [];

        public int Value
        {
            get
            {
                while (true)
                    Hoard.Add(Filled(100_000, static i => (byte)i));
            }
        }
    }

    public sealed class HoardingException : Exception
    {
        public override string ToString() => new Hoarder().Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public sealed class NativeHoarder
    {
        public NativeHoarder()
        {
            if (Starts)
                BadJobs.NativeMemoryHogs.LargeBlocks();
        }

        /// <summary>Whether the constructor allocates. It does not in the process of the test, which creates an instance, too.</summary>
        public static bool Starts { get; set; } = Environment.GetEnvironmentVariable(TestNode.Variable) is not null;

        public int Number { get; set; }
    }
}
