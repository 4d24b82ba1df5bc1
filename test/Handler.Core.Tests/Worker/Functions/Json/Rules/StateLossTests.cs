using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>State that JSON would lose silently is refused, on the way to the worker and on the way back.</summary>
[SuppressMessage("Style", "IDE0044", Justification = "The fixtures have state that nothing changes.")]
public sealed class StateLossTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Private_state_is_refused_and_the_message_names_type_and_member()
    {
        Refused(new PrivateField(), "StateLossTests.PrivateField", "private field count");
        Refused(new ReadOnlyField(), "read-only field Number");
        Refused(new Ignored(), "property Number", "[JsonIgnore]");
        Refused(new WithEvent(), "event Changed");
        Refused(new InheritsPrivateField(), "private field count");
        Refused(new Nested { Inner = new PrivateField() }, "PrivateField", "private field count");
        Refused(new List<PrivateField> { new() }, "private field count");
        Refused((PrivateStruct?)new PrivateStruct(1), "private field number");
        Refused(new Random(1), "System.Random");
        Refused(new Lazy<int>(5), "System.Lazy<System.Int32>");
        Refused(new Exception("x"), "System.Exception");
        Refused(new Tuple<PrivateField>(new()), "private field count");
    }

    [Fact]
    public void State_that_the_serializer_is_configured_to_include_arrives_unchanged()
    {
        Assert.Equal(7, Through(new IncludedField(7)).Number);
        Assert.Equal(8, Through(new MatchedConstructor(8)).Number);
        Assert.Equal(9, Through(new PrimaryConstructor(9)).Number);
        Assert.Equal(3, Through(new NotCarriedOnPurpose { Number = 3 }).Number);
        Assert.Equal((4, 5), (Through(new Derived { Number = 4, More = 5 }).Number, Through(new Derived { Number = 4, More = 5 }).More));
        Assert.Equal(6, Through(new Generic<int> { Value = 6 }).Value);
    }

    [Fact]
    public void Types_that_cannot_be_made_again_are_refused()
    {
        Refused(new OtherParameter(1), "cannot be made again");
        Refused(new TwoConstructors(1), "cannot be made again");
    }

    [Fact]
    public void An_object_whose_derived_type_would_be_lost_is_refused()
    {
        Refused(new HoldsBase { Value = new GenericDerived<int>() }, "GenericDerived", "[JsonDerivedType]");
        Refused(new List<Base> { new GenericDerived<int>() }, "GenericDerived");
        Refused(new Dictionary<string, Base> { ["a"] = new GenericDerived<int>() }, "GenericDerived");
        Refused(new HoldsList { Items = new SpecialList { 1 } }, "SpecialList");
        Refused(new List<object> { new Derived() }, "StateLossTests.Derived");
    }

    [Fact]
    public void An_object_keeps_its_derived_type_if_the_assembly_of_the_declared_type_contains_it()
    {
        var derived = new Derived { Number = 1, More = 2 };
        Same(Through(new HoldsBase { Value = derived }).Value);
        Same(Through(new List<Base> { derived })[0]);
        Same(Through(new Dictionary<string, Base> { ["a"] = derived })["a"]);
        Same(runner.Run<Base>(static () => new Derived { Number = 1, More = 2 }));
        Assert.Equal([new Leaf(1), new Root()], runner.Run(static () => new List<Root> { new Leaf(1), new Root() }));
        Assert.Equal(new Leaf(3), runner.Run<AbstractRoot>(static () => new Leaf(3)));
        Assert.Contains("interface", runner.Refused<ILeaf>(static () => new Leaf(1)).Message);

        static void Same(Base? value)
        {
            var same = Assert.IsType<Derived>(value);
            Assert.Equal((1, 2), (same.Number, same.More));
        }
    }

    [Fact]
    public void An_object_of_a_base_class_keeps_its_type()
    {
        Assert.Equal(1, Through(new HoldsBase { Value = new Base { Number = 1 } }).Value!.Number);
    }

    [Fact]
    public void Members_declared_too_generally_are_refused()
    {
        Refused(new HoldsObject { Value = new Poco() }, "declared as object", "Declare its own type");
        Refused(new List<object> { DayOfWeek.Friday }, "declared as object");
        Refused(new Dictionary<string, object> { ["a"] = new Poco() }, "declared as object");
        Refused(new Dictionary<string, object> { ["a"] = new object() }, "lock");
        Refused(new HoldsInterface { Value = 1 }, "interface");
    }

    [Fact]
    public void Collections_that_would_arrive_changed_are_refused()
    {
        Refused(new System.Collections.ArrayList { 1 }, "ArrayList");
        Refused(default(ImmutableArray<int>), "ImmutableArray");
        Refused(new Doubling { 1 }, "Doubling", "other items");
        Refused(new NeedsSize(5) { 1 }, "NeedsSize", "constructor without parameters");
        Refused(new HasExtra { 1 }, "HasExtra", "extra");
    }

    [Fact]
    public void Custom_comparers_are_refused()
    {
        var own = EqualityComparer<string>.Create((x, y) => x?.Length == y?.Length, x => x.Length);
        Refused(new Dictionary<string, int>(own), "comparer", "default comparer");
        Refused(new HashSet<string>(own), "comparer");
        Refused(new HashSet<object>(ReferenceEqualityComparer.Instance), "comparer");
        Refused(new SortedSet<int>(Comparer<int>.Create((x, y) => y - x)), "comparer");
        Refused(new ConcurrentDictionary<string, int>(own), "comparer");
        Refused(ImmutableDictionary.Create<string, int>(own), "comparer");
        Refused(new HoldsDictionary { Map = new Dictionary<string, int>(own) }, "comparer");
        Refused(
            new HoldsSequence { Items = new HashSet<int>(EqualityComparer<int>.Create((x, y) => x % 2 == y % 2, x => x % 2)) { 1 } },
            "comparer");
        Assert.Equal(1, Through(new OwnDictionary { ["a"] = 1 })["A"]);
        Assert.Single(Through(new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 }));
    }

    [Fact]
    public void Interface_members_accept_only_values_that_arrive_unchanged()
    {
        Refused(new HoldsDictionary { Map = new OwnDictionary() }, "OwnDictionary", "Copy it");
        Assert.IsType<SortedDictionary<string, int>>(Through(new HoldsDictionary { Map = new SortedDictionary<string, int>() }).Map);
        Assert.Equal([1, 2], Through(new HoldsSequence { Items = [1, 2] }).Items!);
        Assert.Equal([1, 2], Through(new HoldsSequence { Items = new HashSet<int> { 1, 2 } }).Items!);
        Assert.Equal([1, 2], Through<List<ICollection<int>>>([new List<int> { 1, 2 }])[0]);
        Refused<List<ICollection<int>>>([new HashSet<int> { 1 }], "equal items", "ToList()");
        Refused<List<ICollection<KeyValuePair<int, int>>>>([new Dictionary<int, int>()], "equal items", "ToList()");
        Assert.Equal(1, Through(new HoldsDictionary { Map = new Dictionary<string, int> { ["a"] = 1 } }).Map!["a"]);
    }

    [Fact]
    public void Numbers_that_JSON_cannot_represent_are_accepted_as_keys()
    {
        Assert.Equal(1, Through(new Dictionary<double, int> { [double.NaN] = 1, [-0.5] = 2 })[double.NaN]);
        Assert.Equal(1, Through(new SortedDictionary<float, int> { [float.NegativeInfinity] = 1 })[float.NegativeInfinity]);
        Assert.Equal(1, Through(new Dictionary<Half, int> { [Half.NaN] = 1 })[Half.NaN]);
    }

    [Fact]
    public void A_number_that_is_serialized_as_text_keeps_its_value()
        => Assert.Equal((5, 6), (Through(new TextNumbers { Number = 5 }).Number, Through(new AllTextNumbers { Number = 6 }).Number));

    [Fact]
    public void Half_a_surrogate_pair_is_accepted_as_a_value_but_not_as_a_key()
    {
        Assert.Equal(["a\uD800"], Through(new List<string> { "a\uD800" }));
        Assert.Equal(['\uD800', 'x'], Through(new[] { '\uD800', 'x' }));
        Refused(new Dictionary<string, int> { ["\uDC00"] = 1 }, "surrogate", "list of pairs");
        Assert.Equal([new("\uDC00", 1)], Through(new List<KeyValuePair<string, int>> { new("\uDC00", 1) }));
        Assert.Equal(["😀"], Through(new List<string> { "😀" }));
    }

    [Fact]
    public void The_message_names_the_refused_variable()
    {
        var (fine, bad) = (1, new PrivateField());
        var error = runner.Refused(() => fine + bad.Count());
        Assert.Contains("'bad'", error.Message);
        Assert.Contains("StateLossTests.PrivateField", error.Message);
    }

    [Fact]
    public void A_result_that_would_lose_state_fails_with_the_reason()
    {
        ResultFails<Base>(static () => new GenericDerived<int>(), "GenericDerived");
        ResultFails(static () => new Dictionary<string, int>(EqualityComparer<string>.Create((x, y) => x == y)), "comparer");
        ResultFails<object>(static () => new Poco(), "declared as object");
        ResultFails(static () => { var n = new Nested(); n.Self = n; return n.Self; }, "private field", upFront: true);

        void ResultFails<T>(Func<T> function, string reason, bool upFront = false)
        {
            if (upFront)
                Assert.Contains(reason, runner.Refused(function).Message);
            else
                Assert.Contains(reason, Assert.Throws<NotSupportedException>(() => runner.Run(function)).Message);
        }
    }

    private void Refused<T>(T value, params string[] parts)
    {
        var message = runner.Refused(() => value is null).Message;
        Assert.Contains("'value'", message);
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private T Through<T>(T value) => runner.Run(() => value);

#pragma warning disable CS0067, CS0169, CS0414, CS0649 // these types are about state that nothing uses
    public class PrivateField
    {
        private int count = 1;

        public int Count() => count;
    }

    public sealed class InheritsPrivateField : PrivateField;

    public sealed class ReadOnlyField
    {
        public readonly int Number = 1;
    }

    public sealed class Ignored
    {
        [JsonIgnore]
        public int Number { get; set; }
    }

    public sealed class WithEvent
    {
        public event Action? Changed;
    }

    public sealed class Nested
    {
        public PrivateField? Inner { get; set; }

        public Nested? Self { get; set; }
    }

    public readonly struct PrivateStruct(int number)
    {
        private readonly int number = number;
    }

    public sealed class IncludedField
    {
        [JsonInclude]
        private int number;

        public IncludedField()
        {
        }

        public IncludedField(int number) => this.number = number;

        [JsonIgnore]
        public int Number => number;
    }

    public sealed class MatchedConstructor
    {
        public MatchedConstructor(int number) => Number = number;

        public int Number { get; }
    }

    public sealed class PrimaryConstructor(int number)
    {
        public int Number => number;
    }

    public sealed class NotCarriedOnPurpose
    {
        [NonSerialized]
        private int cache = 1;

        public int Number { get; set; }
    }

    public class Base
    {
        public virtual int Number { get; set; }
    }

    public sealed class Derived : Base
    {
        public override int Number { get; set; }

        public int More { get; set; }
    }

    public sealed class GenericDerived<T> : Base
    {
        public T? Another { get; set; }
    }

    public interface ILeaf;

    public abstract record AbstractRoot;

    public record Root : AbstractRoot;

    public sealed record Leaf(int Number) : Root, ILeaf;

    public sealed class Doubling : System.Collections.ObjectModel.Collection<int>
    {
        protected override void InsertItem(int index, int item) => base.InsertItem(index, item * 2);
    }

    public sealed class Generic<T>
    {
        private T? value;

        public T? Value
        {
            get => value;
            set => this.value = value;
        }
    }

    public sealed class OtherParameter
    {
        public OtherParameter(int other) => Number = other;

        public int Number { get; set; }
    }

    public sealed class TwoConstructors
    {
        public TwoConstructors(int number) => Number = number;

        public TwoConstructors(string text) => Number = text.Length;

        public int Number { get; set; }
    }

    public sealed class HoldsBase
    {
        public Base? Value { get; set; }
    }

    public sealed class HoldsObject
    {
        public object? Value { get; set; }
    }

    public sealed class HoldsInterface
    {
        public IComparable? Value { get; set; }
    }

    public sealed class HoldsList
    {
        public List<int>? Items { get; set; }
    }

    public sealed class SpecialList : List<int>;

    public sealed class HasExtra : List<int>
    {
        private string extra = "x";
    }

    public sealed class NeedsSize(int size) : List<int>(size);

    public sealed class OwnDictionary() : Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    public sealed class HoldsDictionary
    {
        public IDictionary<string, int>? Map { get; set; }
    }

    public sealed class TextNumbers
    {
        [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
        public int Number { get; set; }
    }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
    public sealed class AllTextNumbers
    {
        public int Number { get; set; }
    }

    public sealed class HoldsSequence
    {
        public IEnumerable<int>? Items { get; set; }
    }
#pragma warning restore
}
