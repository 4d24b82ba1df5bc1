using System.Buffers;
using System.Collections;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Dynamic;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace Handler.Tests.Functions;

/// <summary>Each refusal says what to do instead. These tests do that and check that it works.</summary>
public sealed class RemedyTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void The_advice_for_a_framework_type_that_cannot_be_sent_works()
    {
        var builder = new UriBuilder("http://a/b");
        var message = runner.Refused(() => builder.Host).Message;
        Assert.Contains("make the UriBuilder where it is used", message);
        Assert.DoesNotContain("add its assembly", message);
        Assert.DoesNotContain("constructor", message);
        var text = builder.ToString();
        Assert.Equal("a", runner.Run(() => new UriBuilder(text).Host));

        object hidden = builder;
        Assert.Contains("make the UriBuilder where it is used", runner.Refused(() => hidden.ToString()).Message);
        Assert.Contains("make the UriBuilder where it is used", runner.Refused(static () => new UriBuilder("http://a/b")).Message);
    }

    [Fact]
    public void The_message_names_a_working_remedy_for_an_object_whose_state_cannot_be_read()
    {
        var random = new Random(5);
        Says(() => random.Next(), "new Random(seed)");
        var seed = 5;
        Assert.Equal(random.Next(), runner.Run(() => new Random(seed).Next()));

        var lazy = new Lazy<int>(() => 3);
        Says(() => lazy.Value, "Use its Value");
        var value = lazy.Value;
        Assert.Equal(3, runner.Run(() => value));

        var error = new FormatException("bad");
        Says(() => error.Message.Length, "Use its Message or ToString()");
        var text = error.Message;
        Assert.Equal("bad", runner.Run(() => text));
        Assert.Contains("Failed", runner.Refused(static () => new FormatException("bad")).Message);

        var gate = new object();
        Says(() => { lock (gate) return 1; }, "Create it inside the function");
        Assert.Equal(1, runner.Run(static () => { var own = new object(); lock (own) return 1; }));

        var sequence = new ReadOnlySequence<byte>([1, 2]);
        Says(() => sequence.Length, "Use its ToArray()");
        var bytes = sequence.ToArray();
        Assert.Equal(2, runner.Run(() => bytes.Length));

        using var document = JsonDocument.Parse("[1]");
        Says(() => document.RootElement.GetArrayLength(), "RootElement.Clone()");
        var root = document.RootElement.Clone();
        Assert.Equal(1, runner.Run(() => root.GetArrayLength()));

        var xml = new XElement("a", "b");
        Says(() => xml.Value.Length, "ToString()");
        var source = xml.ToString();
        Assert.Equal("b", runner.Run(() => XElement.Parse(source).Value));
    }

    [Fact]
    public void Untyped_collections_can_be_sent_after_they_are_copied_into_typed_ones()
    {
        dynamic expando = new ExpandoObject();
        expando.Number = 3;
        var members = (ExpandoObject)expando;
        Says(() => members.Count(), "Dictionary<string, object>");
        var copy = new Dictionary<string, object?>(members);
        Assert.Equal(3, runner.Run(() => copy["Number"]));

        var list = new ArrayList { 1, "a" };
        Says(() => list.Count, "List<object>");
        var objects = list.Cast<object>().ToList();
        Assert.Equal([1, "a"], runner.Run(() => objects));

        var table = new Hashtable { ["a"] = 1 };
        Says(() => table.Count, "Dictionary<string, object>");
        var typed = table.Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => entry.Value);
        Assert.Equal(1, runner.Run(() => typed["a"]));

        var names = new NameValueCollection { { "a", "1" }, { "a", "2" } };
        Says(() => names.Count, "Dictionary<string, string[]>");
        var values = names.AllKeys.ToDictionary(name => name!, name => names.GetValues(name)!);
        Assert.Equal(["1", "2"], runner.Run(() => values["a"]));

        var lookup = new[] { 1, 2, 3 }.ToLookup(n => n % 2);
        Says(() => lookup[1].Count(), "ToDictionary(group => group.Key, group => group.ToList())");
        var groups = lookup.ToDictionary(group => group.Key, group => group.ToList());
        Assert.Equal([1, 3], runner.Run(() => groups[1]));
    }

    [Fact]
    public void The_advice_for_a_custom_comparer_is_to_create_it_inside_the_function()
    {
        var byLength = new Dictionary<string, int>(new ByLength()) { ["a"] = 1 };
        Says(() => byLength["b"], "Copy it into one with the default comparer");
        var copy = new Dictionary<string, int>(byLength, EqualityComparer<string>.Default);
        Assert.Equal(1, runner.Run(() => new Dictionary<string, int>(copy, new ByLength())["b"]));
    }

    [Fact]
    public void The_advice_for_an_interface_is_to_declare_its_class_or_to_list_its_classes()
    {
        Assert.Contains("[JsonDerivedType]", runner.Refused<INamed>(static () => new Named("a")).Message);
        Assert.Equal("a", runner.Run(static () => new Named("a")).Name);
        Assert.Equal("a", runner.Run<IListed>(static () => new Listed("a")).Name);
        var holder = new HoldsNamed { Value = new Named("a") };
        Says(() => holder.Value.Name.Length, "Declare the type itself");
    }

    [Fact]
    public void Deeply_nested_data_can_be_sent_as_a_list()
    {
        Node? node = null;
        for (var i = 0; i < 100; i++)
            node = new Node(i, node);
        Says(() => node!.Number, "list");
        var nodes = new List<(int Number, int Next)>();
        for (var next = node; next is not null; next = next.Next)
            nodes.Add((next.Number, next.Next is null ? -1 : nodes.Count + 1));
        Assert.Equal(100, runner.Run(() => nodes.Count));
    }

    [Fact]
    public void Private_state_can_be_sent_in_a_custom_type()
    {
        var counter = new Counter();
        counter.Add();
        Says(() => counter.Read(), "copy what the function needs into a type of its own");
        var count = new Count(counter.Read());
        Assert.Equal(1, runner.Run(() => count.Value));
    }

    [Fact]
    public void The_advice_for_a_key_with_half_a_surrogate_pair_is_a_list_of_pairs()
    {
        var map = new Dictionary<string, int> { ["\uD800"] = 1 };
        Says(() => map.Count, "list of pairs");
        var pairs = map.ToList();
        Assert.Equal(1, runner.Run(() => pairs.ToDictionary()["\uD800"]));
    }

    [Fact]
    public void The_targets_of_a_multicast_delegate_can_be_called_one_by_one()
    {
        Func<int> both = () => 1;
        both += () => 2;
        Assert.Contains("in a lambda", runner.Refused(both).Message);
        var calls = both.GetInvocationList().Cast<Func<int>>().ToArray();
        var (first, second) = (calls[0], calls[1]);
        Assert.Equal(3, runner.Run(() => first() + second()));
    }

    [Fact]
    public void The_advice_for_a_custom_encoding_is_to_create_it_inside_the_function()
    {
        var encoding = System.Text.Encoding.GetEncoding(
            "utf-8",
            new System.Text.EncoderReplacementFallback("!"),
            new System.Text.DecoderReplacementFallback("!"));
        Says(() => encoding.GetByteCount("a"), "Encoding.GetEncoding inside the function");
        var name = encoding.WebName;
        Assert.Equal(1, runner.Run(() => System.Text.Encoding.GetEncoding(name).GetByteCount("a")));
    }

    [Fact]
    public void The_advice_for_an_immutable_dictionary_is_to_drop_its_value_comparer()
    {
        var hash = ImmutableDictionary
            .Create<string, string>(StringComparer.OrdinalIgnoreCase, StringComparer.OrdinalIgnoreCase)
            .Add("A", "b");
        Says(() => hash["a"], "WithComparers(dictionary.KeyComparer, null)");
        var hashWithout = hash.WithComparers(hash.KeyComparer, null);
        Assert.Equal("b", runner.Run(() => hashWithout["a"]));

        var sorted = ImmutableSortedDictionary
            .Create<string, string>(StringComparer.OrdinalIgnoreCase, StringComparer.OrdinalIgnoreCase)
            .Add("A", "b");
        Says(() => sorted["a"], "WithComparers(dictionary.KeyComparer, null)");
        var sortedWithout = sorted.WithComparers(sorted.KeyComparer, null);
        Assert.Equal("b", runner.Run(() => sortedWithout["a"]));
    }

    [Fact]
    public void The_advice_for_a_returned_delegate_is_to_call_it_inside_the_function()
    {
        Says<Func<int>>(static () => static () => 1, "Call it inside the function and return what it returns");
        Says<Action>(static () => static () => { }, "Call it inside the function and return what it returns");
        Func<int> function = static () => 1;
        Assert.Equal(1, runner.Run(() => function()));
    }

    [Fact]
    public void Deeply_nested_functions_are_refused_and_can_be_replaced_by_a_list()
    {
        Func<int, int> nested = static number => number;
        for (var i = 0; i < 20_000; i++)
        {
            var inner = nested;
            nested = number => inner(number) + 1;
        }

        Says(() => nested(1), "Put the values that they capture into one list");
        var numbers = Enumerable.Repeat(1, 20_000).ToList();
        Assert.Equal(20_001, runner.Run(() => numbers.Aggregate(1, static (sum, number) => sum + number)));
    }

    [Fact]
    public void The_advice_for_an_event_is_to_mark_it_NonSerialized()
    {
        var withEvent = new WithEvent { Number = 1 };
        Says(() => withEvent.Number, "[field: NonSerialized]");
        var withMarkedEvent = new WithMarkedEvent { Number = 2 };
        Assert.Equal(2, runner.Run(() => withMarkedEvent.Number));
    }

    [Fact]
    public void The_advice_for_a_default_immutable_array_is_to_use_an_empty_one()
    {
        ImmutableArray<int> array = default;
        Says(() => array.IsDefault, "Use ImmutableArray<T>.Empty");
        var holds = new HoldsArray();
        Says(() => holds.Items.IsDefault, "Use ImmutableArray<T>.Empty");
        holds.Items = ImmutableArray<int>.Empty;
        Assert.True(runner.Run(() => holds.Items.IsEmpty));
    }

    private void Says<T>(Func<T> function, string remedy) => Assert.Contains(remedy, runner.Refused(function).Message);

#pragma warning disable CS0067 // the events are never raised
    private sealed class WithEvent
    {
        public event Action? Changed;

        public int Number { get; set; }
    }

    private sealed class WithMarkedEvent
    {
        [field: NonSerialized]
        public event Action? Changed;

        public int Number { get; set; }
    }
#pragma warning restore CS0067

    private sealed class HoldsArray
    {
        public ImmutableArray<int> Items { get; set; }
    }

    private interface INamed
    {
        string Name { get; }
    }

    private sealed record Named(string Name) : INamed;

    [System.Text.Json.Serialization.JsonDerivedType(typeof(Listed), "listed")]
    private interface IListed
    {
        string Name { get; }
    }

    private sealed record Listed(string Name) : IListed;

    private sealed class HoldsNamed
    {
        public required INamed Value { get; set; }
    }

    private sealed record Node(int Number, Node? Next);

    private sealed record Count(int Value);

    private sealed class Counter
    {
        private int count;

        public void Add() => count++;

        public int Read() => count;
    }

    private sealed class ByLength : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => x?.Length == y?.Length;

        public int GetHashCode(string text) => text.Length.ToString(CultureInfo.InvariantCulture).GetHashCode(StringComparison.Ordinal);
    }
}
