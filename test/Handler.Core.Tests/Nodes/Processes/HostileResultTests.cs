using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Handler.Embedded;
using Handler.Functions;
using Handler.Nodes;
using Handler.Tests.Functions;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using static Handler.Tests.Nodes.HostileResults;

namespace Handler.Tests.Nodes;

/// <summary>
/// A result may be forged. Reading it costs its host no more memory and time than the job's own limits allow, and never occupies the thread
/// of its worker.
/// </summary>
public sealed class HostileResultTests
{
    /// <summary>Multiples of 2^32 + 1 have equal hash codes as long as their upper and lower halves are equal.</summary>
    private static readonly Func<int, string> Colliding = static i
        => (((long)i << 32) | (uint)i).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static readonly Func<int, string> CollidingKey = static i => $"\"{Colliding(i)}\":0";

    [Fact]
    public void Reading_many_small_objects_stops_at_the_jobs_memory_limit()
    {
        const int Length = 6 << 20;
        Fails<List<Rec>>("MaxHeapBytes", Repeat(_ => "{}", Length));
        Fails<Rec[]>("MaxHeapBytes", Repeat(_ => "{}", Length));
        Fails<int[][]>("MaxHeapBytes", Repeat(_ => "[]", Length));
        Fails<List<List<int>>>("MaxHeapBytes", Repeat(_ => "[]", Length));
        Fails<LinkedList<byte>>("MaxHeapBytes", Repeat(_ => "0", Length));
        Fails<List<decimal>>("MaxHeapBytes", Repeat(_ => "0", Length));
        Fails<ConcurrentQueue<BigInteger>>("MaxHeapBytes", Repeat(_ => "\"AA==\"", Length));
        Fails<List<Dictionary<string, int>>>("MaxHeapBytes", Repeat(_ => "{}", Length));
        Fails<JsonElement>("MaxHeapBytes", Repeat(_ => "0", Length));
        Fails<List<JsonElement>>("MaxHeapBytes", Repeat(_ => "0", Length));
        Fails<string>("MaxHeapBytes", [(byte)ValueKind.String, .. Block(new byte[8 << 20])]);
        Fails<List<string>>("MaxHeapBytes", Json(Encoding.ASCII.GetBytes($"[\"{new string('a', 8 << 20)}\"]")));
    }

    [Fact]
    public void A_result_larger_than_its_job_allows_is_refused()
    {
        Fails<byte[]>("MaxHeapBytes is 2097152 ", [(byte)ValueKind.Bytes, .. Block(new byte[14 << 20])]);
        Fails<List<int>>("MaxHeapBytes is 1 ", Repeat(_ => "0", 2 << 20), new JobLimits { MaxHeapBytes = 1 });
    }

    [Fact]
    public void Reading_items_with_equal_hash_codes_stops_at_the_jobs_time_limit()
    {
        const int Length = 1 << 20;
        Fails<HashSet<long>>(
            "CPU time",
            Repeat(Colliding, 8 << 20),
            new JobLimits { MaxHeapBytes = 10 << 20, Timeout = TimeSpan.FromSeconds(2) });
        Fails<ISet<long>>("CPU time", Repeat(Colliding, Length));
        Fails<ImmutableHashSet<long>>("CPU time", Repeat(Colliding, Length));
        Fails<Dictionary<long, int>>("CPU time", Repeat(CollidingKey, Length, '{', '}'));
        Fails<ConcurrentDictionary<long, int>>("CPU time", Repeat(CollidingKey, Length, '{', '}'));
        Fails<ImmutableDictionary<long, int>>("CPU time", Repeat(CollidingKey, Length, '{', '}'));
    }

    [Fact]
    public void An_integer_of_millions_of_digits_is_refused()
    {
        Fails<BigInteger>(
            "String is expected",
            Json(Encoding.ASCII.GetBytes(new string('9', 20_000_000))),
            new JobLimits { MaxHeapBytes = 10 << 20 });
        Fails<List<BigInteger>>("String is expected", Json(Encoding.ASCII.GetBytes($"[{new string('9', 5_000)}]")));
    }

    [Fact]
    public void Other_values_of_millions_of_characters_are_quickly_refused_or_read()
    {
        var (digits, text) = (new string('7', 4 << 20), new string('a', 4 << 20));
        Soon<List<double>>($"[{digits}]");
        Soon<List<double>>($"[0.{digits}e-{digits[..100]}]");
        Soon<List<decimal>>($"[{digits}]");
        Soon<List<Half>>($"[{digits}]");
        Soon<List<Int128>>($"[{digits}]");
        Soon<List<int>>($"[{digits}]");
        Soon<List<Version>>($"[\"1.{digits}\"]");
        Soon<List<Version>>($"[\"{string.Concat(Enumerable.Repeat("1.", 1 << 20))}\"]");
        Soon<List<DateTime>>($"[\"2020-01-01T00:00:00.{digits}\"]");
        Soon<List<Guid>>($"[\"{text}\"]");
        Soon<List<char>>($"[\"{text}\"]");
        Soon<List<DayOfWeek>>($"[\"{text}\"]");
        Soon<List<Uri>>($"[\"http://{text}/\"]");
        Soon<List<Uri>>($"[\"http://a/{string.Concat(Enumerable.Repeat("x/../", 800_000))}\"]");
        Soon<List<Uri>>($"[\"http://{string.Concat(Enumerable.Repeat("a.", 1 << 20))}/\"]");
        Soon<List<TimeSpan>>($"[\"{digits}\"]");
        Soon<Dictionary<string, int>>($"{{\"{text}\":1,\"{text}\":2}}");
        Soon<SortedSet<int>>($"[{string.Join(',', Enumerable.Range(0, 200_000).Select(i => 200_000 - i))}]");
        Soon<ImmutableSortedSet<int>>($"[{string.Join(',', Enumerable.Range(0, 200_000).Select(i => 200_000 - i))}]");
        Soon<SortedList<int, int>>($"{{{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"{50_000 - i}\":1"))}}}");
        Soon<JsonElement>(new string('[', 4 << 20));
        Soon<List<Rec>>($"[{string.Concat(Enumerable.Repeat("{\"No\":[", 100_000))}");
    }

    [Fact]
    public void Oversized_types_and_endlessly_many_types_are_refused()
    {
        byte[] wide = [21];
        for (var level = 0; level < 3; level++)
            wide =
            [
                1,
                0,
                .. Name("System.Private.CoreLib"),
                .. Name("System.Tuple`8"),
                8,
                .. Enumerable.Repeat(wide, 8).SelectMany(bytes => bytes),
            ];
        Fails<Type>("parts", [(byte)ValueKind.Type, .. wide]);
        Fails<Type>("deeper", [(byte)ValueKind.Type, .. Enumerable.Repeat(new byte[] { 2, 0 }, 5_000).SelectMany(bytes => bytes)]);
        Fails<Type>("255 dimensions", [(byte)ValueKind.Type, 2, 255, 21]);
        Fails<Type>("name of", [(byte)ValueKind.Type, 0, .. Name("System." + new string('x', 1 << 20)), .. Name("X")]);
        Fails<Type>("list of", [(byte)ValueKind.Type, 1, 40, 0xFF, 0xFF, 0xFF, 0x07, .. new byte[1 << 20]]);

        var reader = new LoopbackRunner().Encoder;
        var refused = false;
        for (var i = 0; i < 10_000 && !refused; i++)
        {
            var bytes = new List<byte> { (byte)ValueKind.Type };
            for (var bit = 0; bit < 14; bit++)
                bytes.AddRange((i >> bit & 1) == 0 ? [2, 0] : [2, 2]);
            refused = Record.Exception(() => reader.ReadResult<Type>([.. bytes, 21])) is FormatException;
        }

        Assert.True(refused, "types were made without end");
    }

    [Fact]
    public void Valid_results_that_fill_the_heap_are_read()
    {
        Reads(new int[500_000], static value => value.Length == 500_000);
        Reads(Enumerable.Repeat(-1_234_567.890625, 250_000).ToList(), static value => value.Count == 250_000);
        Reads(Enumerable.Repeat(true, 2_000_000).ToArray(), static value => value.Length == 2_000_000);
        Reads(new string('ä', 1_000_000), static value => value.Length == 1_000_000);
        Reads(new string[] { new('ä', 1_000_000) }, static value => value[0].Length == 1_000_000);
        Reads(Enumerable.Range(0, 20_000).Select(i => new Rec { Number = i, Text = $"number {i}" }).ToList(), static value =>
            value[19_999].Text == "number 19999");
        Reads(Enumerable.Range(0, 60_000).ToDictionary(i => (long)i, i => i), static value => value.Count == 60_000);
        Reads(Enumerable.Range(0, 30_000).ToImmutableHashSet(), static value => value.Count == 30_000);
        Reads(BigInteger.Pow(3, 50_000), static value => value == BigInteger.Pow(3, 50_000));
        Reads(-BigInteger.Pow(3, 50_000), static value => value == -BigInteger.Pow(3, 50_000));
        Reads<List<BigInteger>>([BigInteger.Pow(10, 899), -BigInteger.Pow(10, 905), 0], static value =>
            value[1] == -BigInteger.Pow(10, 905));
    }

    [Fact]
    public async Task A_forged_result_fails_its_job_at_the_memory_limit()
    {
        var (large, few) = (Repeat(_ => "{}", 30 << 20), Repeat(_ => "{}", 6 << 20));
        await using var node = await Start(
            (worker, request) => worker.Respond(ResponseKind.Value, request, request.MaxHeapBytes == 10 << 20 ? large : few));
        var read = Assert.IsType<JobFailed>(
            (await Wait.For(node.RunAsync(static () => new List<Rec>(), Limits with { MaxHeapBytes = 10 << 20 }))).Failure);
        Assert.Contains("MaxHeapBytes of 10485760", read.ExceptionMessage);
        var outcome = Assert.IsType<JobFailed>((await Wait.For(node.RunAsync(static () => new List<Rec>(), Limits))).Failure);
        Assert.Contains("MaxHeapBytes of 2097152", outcome.ExceptionMessage);
    }

    [Fact]
    public async Task A_reply_larger_than_its_job_allows_is_refused_before_its_body_arrives()
    {
        var heads = 0;
        await using var node = await Start(
            (worker, request) =>
            {
                if (Interlocked.Increment(ref heads) > 1)
                    worker.Respond(ResponseKind.Value, request, [(byte)ValueKind.Int32, 2, 0, 0, 0]);
                else
                    worker.Write(HeadOnly(request, 40 << 20)); // the body never comes
            });
        var outcome = Assert.IsType<JobFailed>(
            (
                await Wait.For(node.RunAsync(static () => 2, new JobLimits { MaxHeapBytes = 1 << 20, Timeout = TimeSpan.FromMinutes(5) }))
            ).Failure);
        Assert.Contains("MaxHeapBytes is 1048576", outcome.ExceptionMessage);
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
    }

    [Fact]
    public async Task A_large_result_is_not_read_on_the_thread_of_its_worker()
    {
        var small = Result(new Observing { Fill = "" });
        var large = Result(new Observing { Fill = new string('x', 100_000) });
        await using var node = await Start(
            (worker, request) => worker.Respond(ResponseKind.Value, request, request.MaxHeapBytes == 1 << 20 ? small : large));
        var first = (await Wait.For(node.RunAsync(static () => new Observing(), new JobLimits { MaxHeapBytes = 1 << 20 }))
        ).GetValueOrThrow();
        Assert.Equal(IWorkerThread.Name, first.ReadOn);
        for (var i = 0; i < 20; i++)
        {
            var next = (await Wait.For(node.RunAsync(static () => new Observing(), Limits))).GetValueOrThrow();
            Assert.Equal("Handler results", next.ReadOn);
        }
    }

    [Fact]
    public async Task A_worker_runs_further_jobs_while_its_large_result_is_read()
    {
        using var gate = new ManualResetEventSlim();
        Stuck.Gate = gate;
        var large = Result(new Stuck { Fill = new string('x', 100_000) });
        await using var node = await Start(
            (worker, request)
                => worker.Respond(
                    ResponseKind.Value, request, request.MaxHeapBytes == 1 << 20 ? [(byte)ValueKind.Int32, 2, 0, 0, 0] : large));
        var stuck = node.RunAsync(static () => new Stuck(), Limits);
        await Wait.Until(() => Stuck.Waiting, "the large result is not read");
        for (var i = 0; i < 20; i++)
            Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2, new JobLimits { MaxHeapBytes = 1 << 20 }))).GetValueOrThrow());
        Assert.False(stuck.IsCompleted);
        gate.Set();
        Assert.True((await Wait.For(stuck)).IsSuccess);
    }

    private static byte[] HeadOnly(in RequestHead request, int length)
    {
        var head = new ResponseHead { Length = length, Kind = ResponseKind.Value, Slot = request.Slot, Attempt = request.Attempt };
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head)).ToArray();
    }

    private static async Task<EmbeddedNode> Start(Action<ScriptedWorker, RequestHead> response)
    {
        var platform = ScriptedPlatform.Claiming(response);
        return await EmbeddedNode.StartAsync(
            new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 },
            platform,
            NullLogger.Instance,
            default);
    }

    public sealed class Rec
    {
        public int Number { get; set; }

        public string? Text { get; set; }
    }

    public sealed class Observing
    {
        public string Fill { get; set; } = "";

        [field: NonSerialized]
        public string? ReadOn { get; private set; } = Thread.CurrentThread.Name;
    }

    public sealed class Stuck
    {
        public Stuck()
        {
            if (Thread.CurrentThread.Name != "Handler results")
                return;
            Waiting = true;
            Assert.True(Gate!.Wait(TimeSpan.FromSeconds(60)), "the test did not go on");
        }

        public static ManualResetEventSlim? Gate { get; set; }

        public static volatile bool Waiting;

        public string Fill { get; set; } = "";
    }
}
