using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;
using System.Text;
using Handler.Tests.Nodes;
using static Handler.Tests.Nodes.HostileResults;

namespace Handler.Tests.Functions;

/// <summary>
/// Forged values that Handler's own converters read. The contents of such a value are part of the same budget, in memory and in time.
/// </summary>
public sealed class HostileContainerTests
{
    private const int Length = 1 << 20;

    private static readonly JobLimits SmallHeap = Limits with { MaxHeapBytes = 512 << 10 };

    [Fact]
    public void Reading_large_lists_inside_other_containers_stops_at_the_jobs_memory_limit()
    {
        var objects = Repeated("{}");
        FailsAtMemory<Stack<List<HostileResultTests.Rec>>>($"[{objects}]");
        FailsAtMemory<ConcurrentBag<HostileResultTests.Rec[]>>($"[{objects}]");
        FailsAtMemory<ReadOnlyCollection<LinkedList<HostileResultTests.Rec>>>($"[{objects}]");
        FailsAtMemory<IEnumerable<List<HostileResultTests.Rec>>>($"[{objects}]");
        FailsAtMemory<Dictionary<string, HostileResultTests.Rec[]>>($"{{\"a\":{objects}}}");
        FailsAtMemory<Dictionary<(int, int), List<HostileResultTests.Rec>>>($"[[{{\"Item1\":1,\"Item2\":2}},{objects}]]");
        FailsAtMemory<HashSet<List<HostileResultTests.Rec>>>($"[{objects}]");
        FailsAtMemory<PriorityQueue<List<HostileResultTests.Rec>, int>>($"[\"\",[{objects},1]]");
        FailsAtMemory<List<HostileResultTests.Rec>[,]>($"[[1,1],[0,0],[{objects}]]");
        FailsAtMemory<List<Stack<Queue<HostileResultTests.Rec>>>>($"[[{objects}]]");
        FailsAtMemory<(int, Stack<List<HostileResultTests.Rec>>)>($"{{\"Item1\":1,\"Item2\":[{objects}]}}");
        FailsAtMemory<Stack<List<decimal>>>($"[{Repeated("0")}]");
        FailsAtMemory<Stack<HostileResultTests.Rec>>(objects);
        FailsAtMemory<ImmutableStack<Stack<int>>>(Repeated("[]"));
    }

    [Fact]
    public void Reading_values_declared_as_object_stops_at_the_jobs_memory_limit()
    {
        FailsAtMemory<object>($"[\"list:decimal\",{Repeated("0")}]");
        FailsAtMemory<object>($"[\"array:any\",{Repeated("[\"int\",1]")}]");
        FailsAtMemory<object>($"[\"list:any\",{Repeated("[\"list:int\",[]]")}]");
        FailsAtMemory<List<object>>($"[[\"dict:int\",{{}}],[\"list:decimal\",{Repeated("0")}]]");
        FailsAtMemory<object>($"[\"json\",{Repeated("0")}]");
        FailsAtMemory<Dictionary<string, object>>($"{{\"a\":[\"list:json\",{Repeated("0")}]}}");
    }

    [Fact]
    public void Reading_long_texts_stops_at_the_jobs_memory_limit()
    {
        var (text, large) = (new string('a', 5 << 19), new string('A', 3 << 20));
        FailsAtMemory<object>($"\"{text}\"");
        FailsAtMemory<List<object>>($"[\"{text}\"]");
        FailsAtMemory<Stack<string>>($"[\"{text}\"]");
        FailsAtMemory<Uri>($"\"\\thttp://a/{text}\"");
        FailsAtMemory<Dictionary<Uri, int>>($"{{\"\\thttp://a/{text}\":1}}");
        FailsAtMemory<StringBuilder>($"{{\"Item1\":\"{text}\",\"Item2\":1,\"Item3\":2147483647}}");
        FailsAtMemory<BigInteger>($"\"{large}\"");
        FailsAtMemory<List<BigInteger>>($"[\"{large}\"]");
        FailsAtMemory<List<byte[]>>($"[\"{large}\"]");
        FailsAtMemory<Stack<ReadOnlyMemory<byte>>>($"[\"{large}\"]");
        FailsAtMemory<BitArray[]>($"[{{\"Item1\":{18 << 20},\"Item2\":\"{large}\"}}]");
    }

    [Fact]
    public void A_tree_of_small_containers_fails_at_the_memory_limit_of_its_job()
    {
        var (leaf, branches) = ("[]", 14);
        for (var level = 0; level < 5; level++)
            leaf = $"[{string.Join(',', Enumerable.Repeat(leaf, branches))}]";
        FailsAtMemory<Stack<Stack<Stack<Stack<Stack<Stack<int>>>>>>>(leaf);
    }

    [Fact]
    public void An_array_of_several_dimensions_whose_lengths_do_not_match_its_items_is_refused()
    {
        Fails<int[,]>("lengths", Json("[[2147483647,2147483647],[0,0],[]]"u8));
        Fails<int[,,]>("lengths", Json("[[2147483647,2147483647,0],[0,0,0],[]]"u8));
        Fails<int[,]>("lengths", Json("[[2,-1],[0,0],[1]]"u8));
        Fails<int[,]>("4 items has 1", Json("[[2,2],[0,0],[1]]"u8));
        Fails<int[,]>("bounds", Json("[[2,1],[2147483647,0],[1,1]]"u8));
        FailsAtMemory<Wide[,]>($"[[{(Length - 2) / 3},1],[0,0],{Repeated("{}")}]");
    }

    [Fact]
    public void Reading_items_that_are_slow_to_compare_stops_at_the_jobs_time_limit()
    {
        var items = $"[{string.Join(',', Enumerable.Range(0, 1500).Select(i => $"{{\"Key\":{(i * 7919) % 1500}}}"))}]";
        var pairs = $"[{string.Join(',', Enumerable.Range(0, 1500).Select(i => $"[{{\"Key\":{(i * 7919) % 1500}}},1]"))}]";
        var heap = $"[\"\",[{string.Join(',', Enumerable.Range(0, 8000).Select(i => $"1,{{\"Key\":{i}}}"))}]]";
        FailsAtTime<SortedSet<Slow>>(items);
        FailsAtTime<ImmutableSortedSet<Slow>>(items);
        FailsAtTime<SortedDictionary<Slow, int>>(pairs);
        FailsAtTime<SortedList<Slow, int>>(pairs);
        FailsAtTime<ImmutableSortedDictionary<Slow, int>>(pairs);
        FailsAtTime<PriorityQueue<int, Slow>>(heap);
    }

    [Fact]
    public void Texts_of_millions_of_characters_are_quickly_refused_or_read()
    {
        var text = new string('a', 4 << 20);
        Soon<List<Uri>>($"[\"\\thttp://{text}/\"]");
        Soon<List<Uri>>($"[\"\\thttp://a/{string.Concat(Enumerable.Repeat("x/../", 700_000))}\"]");
        Soon<List<Uri>>($"[\"\\thttp://{string.Concat(Enumerable.Repeat("a.", 1 << 20))}/\"]");
        Soon<List<Uri>>($"[\"\\n{text}\"]");
        Soon<List<DateTime>>($"[\"L{new string('1', 4 << 20)}\"]");
        Soon<List<TimeZoneInfo>>($"[\"{text}\"]");
        Soon<List<TimeZoneInfo>>($"[\"@{text[..60_000]}\"]");
        Soon<List<TimeZoneInfo>>($"[\"{string.Concat(Enumerable.Repeat("a;", 30_000))}\"]");
        Soon<List<System.Net.IPAddress>>($"[\"{text}\"]");
        Soon<List<StringComparer>>($"[\"c1:{text}\"]");
        Soon<HashSet<string>>($"{{\"Hc1:{text}\":[]}}");
        Soon<object>($"[\"{text}\",1]");
        Soon<object>($"[\"{string.Concat(Enumerable.Repeat("list:", 500_000))}int\",1]");
        Soon<HashSet<int>>($"{{\"{string.Concat(Enumerable.Repeat("R", 4 << 20))}\":[]}}");
        Soon<Dictionary<string, int>>($"[\"{text}\",{{}}]");
    }

    [Fact]
    public void Valid_results_that_fill_the_heap_are_read()
    {
        Reads(Enumerable.Repeat(true, 2_000_000), static value => value.Count() == 2_000_000);
        Reads(Enumerable.Repeat((byte)255, 2_000_000).ToArray() as IEnumerable<byte>, static value => value.Count() == 2_000_000);
        Reads(new Stack<bool>(Enumerable.Repeat(false, 2_000_000)), static value => value.Count == 2_000_000);
        Reads(new ReadOnlyCollection<char>(new string('\u0001', 1_000_000).ToCharArray()), static value => value[999_999] == '\u0001');
        Reads(new bool[1000, 2000], static value => value.Length == 2_000_000);
        Reads(new double[500, 490], static value => value.Length == 245_000);
        Reads(new Stack<double?>(Enumerable.Repeat<double?>(0.1, 120_000)), static value => value.Count == 120_000);
        Reads(new ArraySegment<bool>(new bool[2_000_000]), static value => value.Count == 2_000_000);
        Reads(new List<HashSet<int>> { Enumerable.Range(-1_000_000, 60_000).ToHashSet() }, static value => value[0].Count == 60_000);
        Reads(Enumerable.Range(0, 60_000).ToDictionary(i => i, i => i % 2 == 0), static value => value.Count == 60_000);
        Reads(new SortedSet<int>(Enumerable.Range(-1_000_000, 40_000)), static value => value.Count == 40_000);
        Reads(Enumerable.Range(0, 25_000).ToImmutableSortedDictionary(i => i, i => i), static value => value.Count == 25_000);
        Reads<object>(Enumerable.Range(0, 60_000).Select(i => (object)i).ToList(), static value => ((List<object>)value).Count == 60_000);
        Reads<object>(Enumerable.Range(0, 500_000).ToList(), static value => ((List<int>)value).Count == 500_000);
        Reads<object>(new string('ä', 900_000), static value => ((string)value).Length == 900_000);
        Reads(new BitArray(15_000_000), static value => value.Count == 15_000_000);
        Reads(new StringBuilder(new string('ä', 400_000)), static value => value.Length == 400_000);
        Reads(
            new Dictionary<string, Stack<List<HostileResultTests.Rec>>>
            {
                ["a"] = new([Enumerable.Range(0, 20_000).Select(i => new HostileResultTests.Rec { Number = i }).ToList()]),
            },
            static value => value["a"].Peek().Count == 20_000);
    }

    private static string Repeated(string item) => $"[{string.Join(',', Enumerable.Repeat(item, Length / (item.Length + 1)))}]";

    private static void FailsAtMemory<T>(string json) => Fails<T>("MaxHeapBytes", Json(Encoding.UTF8.GetBytes(json)), SmallHeap);

    private static void FailsAtTime<T>(string json)
        => Fails<T>("CPU time", Json(Encoding.UTF8.GetBytes(json)), Limits with { Timeout = TimeSpan.FromMilliseconds(1) });

    public struct Wide
    {
        public Eight A, B, C, D, E, F, G, H;

        public struct Eight
        {
            public long A, B, C, D, E, F, G, H;
        }
    }

    /// <summary>A value whose comparison takes a fifth of a millisecond of CPU time.</summary>
    public sealed class Slow : IComparable<Slow>
    {
        public int Key { get; set; }

        public int CompareTo(Slow? other)
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            while (System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromMicroseconds(200))
                Thread.SpinWait(100);
            return Key.CompareTo(other?.Key ?? 0);
        }
    }
}
