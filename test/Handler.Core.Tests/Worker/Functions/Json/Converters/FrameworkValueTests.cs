using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Handler.Tests.Functions;

/// <summary>Framework values arrive equal: alone, inside data, and as results.</summary>
public sealed partial class FrameworkValueTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Values_with_a_custom_text_format_arrive_unchanged()
    {
        Same(IPAddress.Loopback);
        Same(IPAddress.Parse("fe80::1%3"));
        Same(IPAddress.Parse("::ffff:1.2.3.4"));
        Same(new IPEndPoint(IPAddress.Parse("fe80::1%3"), 443));
        Same(System.Net.IPNetwork.Parse("10.0.0.0/8"));
        Same(default(System.Net.IPNetwork));
        Same(new Complex(1.5, double.NaN));
        Same(^3);
        Same(1..^2);
        Same(new Rune(0x1F600));
        Same(BigInteger.Pow(-7, 3000));
        Same(new Version(1, 2));
        Same(Encoding.UTF8);
        Same<Encoding>(new UTF8Encoding(false, true));
        Same(new UnicodeEncoding(true, false));
        Same(new UTF8Encoding(true, false));
        Same(Encoding.Latin1);
        Same(Encoding.ASCII);
        Same(TimeZoneInfo.Utc);
        Same(TimeZoneInfo.CreateCustomTimeZone("mine", TimeSpan.FromHours(3.5), "mine", "mine"));
        Same(CultureInfo.InvariantCulture);
        Same(StringComparer.OrdinalIgnoreCase);
        Same(StringComparer.InvariantCulture);
        Same<IEqualityComparer<string>>(StringComparer.OrdinalIgnoreCase);
        Same<IComparer<int>>(Comparer<int>.Default);
        Same(EqualityComparer<string>.Default);
    }

    [Fact]
    public void A_relative_Uri_stays_relative()
    {
        Assert.False(Through(new Uri("/a b", UriKind.Relative)).IsAbsoluteUri);
        Assert.Equal("/a b", Through(new Uri("/a b", UriKind.Relative)).OriginalString);
        Assert.Equal("http://EXAMPLE.org:80/%7ea", Through(new Uri("http://EXAMPLE.org:80/%7ea")).OriginalString);
    }

    [Fact]
    public void A_Regex_is_sent_with_its_options_and_timeout_even_if_it_is_generated()
    {
        var regex = Through(new Regex("a(b+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(3)));
        Assert.Equal(
            ("a(b+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(3)),
            (regex.ToString(), regex.Options, regex.MatchTimeout));
        Assert.Equal(Regex.InfiniteMatchTimeout, Through(new Regex("x")).MatchTimeout);
        Assert.Equal("ab", Through(Generated()).Match("zab").Value);
        object hidden = Generated();
        Assert.True(runner.Run(() => ((Regex)hidden).IsMatch("abb")));
    }

    [Fact]
    public void A_captured_Regex_stays_compiled_and_a_returned_one_does_not()
    {
        var compiled = new Regex("a", RegexOptions.Compiled | RegexOptions.IgnoreCase);
        Assert.Equal(RegexOptions.Compiled | RegexOptions.IgnoreCase, runner.Run(() => compiled.Options));
        Assert.Equal(RegexOptions.IgnoreCase, Through(compiled).Options);
        Assert.Equal(RegexOptions.IgnoreCase, Through(new List<Regex> { compiled })[0].Options);
    }

    [Fact]
    public void A_Regex_that_is_slow_to_construct_cannot_be_returned_but_its_pattern_can()
    {
        // Each of these character classes overlaps all others. A NonBacktracking Regex of a few hundred of them takes minutes to construct.
        var pattern = string.Concat(Enumerable.Range(0, 300).Select(i => $"[{(char)(0x100 + i)}-{(char)(0x2000 + (i * 3))}]"));
        var error = Assert.Throws<NotSupportedException>(() => runner.Run(() => new Regex(new string('a', 5_000))));
        Assert.Contains("as a result it can be sent with up to 4096. Return the pattern", error.Message);
        error = Assert.Throws<NotSupportedException>(() => runner.Run(() => new Regex(new string('a', 300), RegexOptions.NonBacktracking)));
        Assert.Contains("NonBacktracking", error.Message);
        Assert.Equal(300, runner.Run(() => new Regex(new string('a', 300), RegexOptions.NonBacktracking).ToString()).Length);
        Assert.Equal(pattern, Through(new Regex(pattern)).ToString());

        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Item1 = pattern,
                Item2 = (int)RegexOptions.NonBacktracking,
                Item3 = Regex.InfiniteMatchTimeout.Ticks,
            });
        var start = Handler.Fuzz.ThreadClock.Milliseconds;
        Assert.Throws<FormatException>(() =>
            new Handler.Functions.JsonJobSerializer(new Handler.Functions.TypeGate([]), 1 << 20, isHosts: true).Deserialize<Regex>(json));
        Assert.InRange(Handler.Fuzz.ThreadClock.Milliseconds - start, 0, 5_000);
    }

    [Fact]
    public void A_Regex_that_is_too_long_is_refused_and_its_pattern_is_sent()
    {
        var pattern = new string('a', 70_000);
        var regex = new Regex(pattern);
        Assert.Contains("Capture the pattern as a string", runner.Refused(() => regex.IsMatch("a")).Message);
        Assert.False(runner.Run(() => new Regex(pattern).IsMatch("a")));
    }

    [Fact]
    public void A_modified_culture_is_refused_and_its_name_is_sent()
    {
        var culture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ";" } };
        var name = culture.Name;
        Assert.Contains("Capture the name", runner.Refused(() => 1.5.ToString(culture)).Message);
        Assert.Equal("1;5", runner.Run(() => 1.5.ToString(new CultureInfo(name) { NumberFormat = { NumberDecimalSeparator = ";" } })));
        Assert.False(Through(new CultureInfo("")).IsReadOnly);
        Assert.True(Through(CultureInfo.InvariantCulture).IsReadOnly);
    }

    [Fact]
    public void Mutable_texts_and_bit_arrays_arrive_unchanged()
    {
        Assert.True(Through(new StringBuilder("abc", 100)).Equals(new StringBuilder("abc", 100)));
        Assert.Equal(10, Through(new StringBuilder(3, 10).Append("abc")).MaxCapacity);
        Same(new BitArray([true, false, true]));
        Assert.Equal(9, Through(new BitArray(9, true)).Count);
    }

    [Fact]
    public void Collections_with_framework_comparers_arrive_with_their_comparers()
    {
        Assert.Equal(1, Through(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 })["A"]);
        Assert.Contains("A", Through(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" }));
        Assert.Equal(["B", "a"], Through(new SortedSet<string>(StringComparer.Ordinal) { "a", "B" }));
        Assert.Equal(1, Through(new SortedDictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 })["A"]);
        Assert.Equal(1, Through(new ConcurrentDictionary<string, int>(StringComparer.InvariantCultureIgnoreCase) { ["a"] = 1 })["A"]);
        Assert.Equal(1, Through(ImmutableDictionary.Create<string, int>(StringComparer.OrdinalIgnoreCase).Add("a", 1))["A"]);
        Assert.True(Through(ImmutableHashSet.Create(StringComparer.OrdinalIgnoreCase, "a")).TryGetValue("A", out _));
        Assert.Equal(
            1,
            Through<IReadOnlyDictionary<string, int>>(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 })["A"]);
        Assert.Equal(
            1,
            runner.Run<IReadOnlyDictionary<string, int>>(()
                => new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }.AsReadOnly()
            )["A"]);
        Assert.Same(StringComparer.Ordinal, Through(new Dictionary<string, int>(StringComparer.Ordinal)).Comparer);
    }

    [Fact]
    public void Read_only_and_frozen_collections_arrive_unchanged()
    {
        Same(new ReadOnlyCollection<int>([1, 2]));
        Same(new ReadOnlyDictionary<string, int>(new SortedDictionary<string, int> { ["b"] = 1, ["a"] = 2 }));
        Assert.Equal(1, Through(new Dictionary<string, int> { ["a"] = 1 }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase))["A"]);
        Assert.True(Through(new[] { "a" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase)).TryGetValue("A", out _));
        Assert.True(Through(new[] { 1, 2, 3 }.ToFrozenSet()).SetEquals([1, 2, 3]));
        Same(new ReadOnlySet<int>(new HashSet<int> { 1 }));
        Assert.True(runner.Run<IReadOnlySet<int>>(() => new[] { 1 }.ToFrozenSet()) is FrozenSet<int>);
    }

    [Fact]
    public void Stacks_queues_and_segments_keep_their_order()
    {
        Same(new Stack<int>([1, 2, 3]));
        Same(new ConcurrentStack<int>([1, 2, 3]));
        Same(new ConcurrentBag<int> { 1, 2, 3 });
        Same(ImmutableStack.Create(1, 2, 3));
        Assert.Equal([2, 3], Through(new ArraySegment<int>([1, 2, 3, 4], 1, 2)));
        Assert.Null(Through(default(ArraySegment<int>)).Array);
        var queue = Through(new PriorityQueue<string, int>([("b", 2), ("a", 1), ("c", 3)]));
        Assert.Equal(["a", "b", "c"], new[] { queue.Dequeue(), queue.Dequeue(), queue.Dequeue() });
    }

    [Fact]
    public void Keys_of_any_type_arrive_unchanged()
    {
        Same(new Dictionary<(int, string?), int> { [(1, "a")] = 1, [(2, null)] = 2 });
        Same(new Dictionary<Positional, string> { [new Positional("a", 1)] = "x" });
        Same(new Dictionary<FileAccess, int> { [FileAccess.ReadWrite] = 1, [(FileAccess)64] = 2 });
        Same(new Dictionary<DateTime, int> { [DateTime.Now] = 1, [DateTime.MinValue.ToLocalTime()] = 2 });
        Same(new Dictionary<BigInteger, int> { [BigInteger.Pow(9, 99)] = 1 });
        Same(new SortedList<Version, int> { [new Version(2, 1)] = 1, [new Version(1, 2)] = 2 });
    }

    [Fact]
    public void Arrays_of_several_dimensions_arrive_unchanged()
    {
        Same(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Same(new string?[,,] { { { "a", null } } });
        Same(new int[0, 5]);
        Same(new[] { new[,] { { 1.5, double.NaN } } });
        var shifted = Array.CreateInstance(typeof(int), [2, 2], [1, 5]);
        shifted.SetValue(7, 2, 6);
        var through = Through((int[,])shifted);
        Assert.Equal((7, 1, 5), (through[2, 6], through.GetLowerBound(0), through.GetLowerBound(1)));
    }

    [Fact]
    public void Plain_values_declared_as_object_keep_their_type()
    {
        var values = new Dictionary<string, object?>
        {
            ["text"] = "a",
            ["half"] = "\uD800",
            ["int"] = 1,
            ["long"] = 1L,
            ["double"] = double.NaN,
            ["float"] = 1.5f,
            ["decimal"] = 1.10m,
            ["byte"] = (byte)1,
            ["char"] = 'c',
            ["date"] = new DateTime(5, DateTimeKind.Utc),
            ["offset"] = DateTimeOffset.UnixEpoch,
            ["guid"] = Guid.NewGuid(),
            ["bytes"] = new byte[] { 1, 2 },
            ["null"] = null,
            ["yes"] = true,
            ["list"] = new List<object?>
            {
                1,
                "a",
                null,
                new List<object?> { 2L },
            },
            ["inner"] = new Dictionary<string, object?> { ["x"] = (short)1 },
            ["numbers"] = new[] { 1, 2 },
            ["texts"] = new List<string> { "a" },
            ["mixed"] = new object[] { 1, 2.5 },
            ["map"] = new Dictionary<string, List<int>> { ["a"] = [1] },
            ["uri"] = new Uri("http://a/"),
            ["big"] = BigInteger.One,
            ["day"] = new DateOnly(2024, 2, 29),
        };
        var through = Through(values);
        Assert.Equal(values, through);
        foreach (var (name, value) in values)
            Assert.Equal(value?.GetType(), through[name]?.GetType());
        Assert.Equal(values, runner.Run<object>(() => values));
        Assert.Equal([1, "a", null], Through(new List<object?> { 1, "a", null }));
        Assert.Equal("1.10", ((decimal)Through(new object[] { 1.10m })[0]).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Lazily_computed_sequences_arrive_as_arrays()
    {
        var list = new List<int> { 1, 2, 3 };
        var filtered = list.Where(n => n > 1);
        var range = Enumerable.Range(0, 3);
        var iterated = Iterate();
        Assert.Equal(5, runner.Run(() => filtered.Sum()));
        Assert.Equal([0, 1, 2], Through(range));
        Assert.Equal([1, 2], Through(iterated));
        Assert.Equal([2, 4, 6], runner.Run(() => list.Select(n => n * 2)));
        Assert.Equal([[1], [1, 2]], runner.Run(() => list.Take(2).Select(n => Enumerable.Range(1, n))));
        Assert.Equal([2, 3], Through(new Holder { Items = filtered }).Items);
        Assert.True(runner.Run(() => ReferenceEquals(filtered, filtered)));
    }

    [Fact]
    public void Json_nodes_arrive_as_their_declared_type()
    {
        JsonNode node = JsonValue.Create(5);
        JsonNode array = new JsonArray(1, 2);
        Assert.Equal(5, Through(node).GetValue<int>());
        Assert.Equal("[1,2]", Through(array).ToJsonString());
        Assert.Equal(1, runner.Run(() => (int)new JsonObject { ["a"] = 1 }["a"]!));
    }

    [GeneratedRegex("a(b+)")]
    private static partial Regex Generated();

    private static IEnumerable<int> Iterate()
    {
        yield return 1;
        yield return 2;
    }

    private void Same<T>(T value)
        where T : notnull
    {
        Assert.Equal(value, Through(value));
        Assert.Equal([value], Through(new List<T> { value }));
        object general = value;
        Assert.Equal(value, runner.Run(() => (T)general));
    }

    private T Through<T>(T value) => runner.Run(() => value);

    private sealed class Holder
    {
        public IEnumerable<int> Items { get; set; } = [];
    }
}
