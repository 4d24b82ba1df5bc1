using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>Checking whether a value comes back the same changes nothing in the value and detects every difference.</summary>
public sealed class UntouchedValueTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void A_setter_that_changes_other_members_does_not_change_the_callers_object()
    {
        var tracked = new Tracked { Name = "a" };
        Refused(tracked, "Changed");
        Refused(tracked, "Changed");
        Assert.Equal(["Name"], tracked.Changed);

        var counting = new Counting { Number = 1 };
        Refused(counting, "Writes");
        Assert.Equal(1, counting.Writes["Number"]);

        var nested = new Nesting { Number = 1 };
        Refused(nested, "Inner");
        Assert.Equal(1, nested.Inner.Count);

        var deep = new List<Nesting> { nested };
        Refused(deep, "Inner");
        Assert.Equal(1, nested.Inner.Count);

        var array = new Marking { Number = 1 };
        Refused(array, "Marks");
        Assert.Equal([1, 0], array.Marks);

        var inStruct = new MarkingStruct { Held = new Held(new List<int>()), Number = 1 };
        Refused(inStruct, "Held");
        Assert.Equal([1], inStruct.Held.Items);

        var bytes = new MarkingBytes { Number = 1 };
        Refused(bytes, "Bytes");
        Assert.Equal([1], bytes.Bytes);

        var converted = new MarkingConverted { Number = 1 };
        Refused(converted, "Items");
        Assert.Equal([1], converted.Items);
    }

    [Fact]
    public void A_constructor_that_changes_its_arguments_does_not_change_the_callers_object()
    {
        var items = new List<int>();
        var adding = new Adding(items, 4);
        Assert.Equal([4], items);
        Refused(adding, "Items");
        Refused(adding, "Items");
        Assert.Equal([4], items);

        var holder = new Sorting([3, 1]);
        holder.Items.Add(0);
        Refused(holder, "Items");
        Assert.Equal([1, 3, 0], holder.Items);
    }

    [Fact]
    public void Results_that_would_arrive_changed_are_refused() =>
        Assert.Contains("Changed", Assert.Throws<NotSupportedException>(() => runner.Run(static () => new Tracked { Name = "a" })).Message);

    [Fact]
    public void A_changed_value_is_refused_even_if_Equals_sees_no_difference()
    {
        Refused(new Scaling { Number = 1.5m }, "Number");
        Refused(new Dating { At = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc) }, "At");
        Refused(new Shifting { At = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero) }, "At");
        Refused(new Negating { Number = 0.0 }, "Number");
        Refused(new HoldsLooseStruct { Value = new LooseStruct { Number = 1, Text = "a" } }, "Value");
        Refused(new HoldsLooseClass { Value = new LooseClass { Amount = 4 } }, "Value");
        Refused(new ScalingAll { Numbers = [1.5m] }, "Numbers");
        Refused(new HoldsNullable { Number = 1.5m }, "Number");
        Refused(new ScalingItems { 1.5m }, "items");
        Refused(new HoldsTuple { Value = (1.5m, 1) }, "Value");
    }

    [Fact]
    public void Objects_that_arrive_unchanged_are_sent_with_all_their_members()
    {
        var validating = new Validating
        {
            Number = 1,
            Items = [1, 2],
            Concurrent = new ConcurrentDictionary<string, int>(
                Enumerable.Range(0, 100).Select(i => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), i))),
            Loose = new LooseClass { Amount = 2 },
            View = new List<int> { 3 }.AsReadOnly(),
            Date = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Local),
            Amount = 1.50m,
        };
        var through = runner.Run(() => validating);
        Assert.Equal([1, 2], through.Items);
        Assert.Equal(100, through.Concurrent!.Count);
        Assert.Equal(2, through.Loose!.Amount);
        Assert.Equal([3], through.View!);
        Assert.Equal("1.50", through.Amount.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(DateTimeKind.Local, through.Date.Kind);

        var first = new Remembering([new LooseClass { Amount = 5 }]);
        Assert.Equal(5, runner.Run(() => first).First!.Amount);
        var tree = new Tree { Name = "a", Children = [new Tree { Name = "b", Children = [new Tree { Name = "c" }] }] };
        Assert.Equal("c", runner.Run(() => tree).Children[0].Children[0].Name);
        var derived = new DerivedRecord(1, [2]) { More = [3] };
        var derivedThrough = runner.Run(() => derived);
        Assert.Equal([2], derivedThrough.Items);
        Assert.Equal([3], derivedThrough.More);
        var own = new OwnConverter { Number = 1, Text = new Wrapped("x") };
        Assert.Equal("x", runner.Run(() => own).Text!.Value);
    }

    [Fact]
    public void An_object_with_a_custom_accessor_that_contains_itself_is_refused()
    {
        var tree = new Tree { Name = "a" };
        tree.Children.Add(tree);
        Refused(tree, "cycle");
    }

    /// <summary>The code of such a record shows what it declares, so the check does not read its values a second time.</summary>
    [Fact]
    public void Derived_records_and_records_with_only_initializers_are_read_only_once()
    {
        ReadOnce<ReadsDerived>(reads => new ReadsDerived(1, reads));
        ReadOnce<ReadsInitialized>(reads => new ReadsInitialized(reads));
    }

    private void ReadOnce<T>(Func<Counted, T> make)
    {
        var counted = new Counted();
        var value = make(counted);
        runner.Encode(new JobFunction<bool>(() => value is null));
        Assert.Equal(1, counted.Reads);
    }

    private void Refused<T>(T value, string part) => Assert.Contains(part, runner.Refused(() => value is null).Message);

    public sealed class Tracked
    {
        private string? name;

        public List<string> Changed { get; set; } = [];

        public string? Name
        {
            get => name;
            set
            {
                name = value;
                Changed.Add(nameof(Name));
            }
        }
    }

    public sealed class Counting
    {
        public Dictionary<string, int> Writes { get; init; } = [];

        public int Number
        {
            get;
            set
            {
                field = value;
                Writes[nameof(Number)] = Writes.GetValueOrDefault(nameof(Number)) + 1;
            }
        }
    }

    public sealed class Inner
    {
        public int Count { get; set; }
    }

    public sealed class Nesting
    {
        public Inner Inner { get; set; } = new();

        public int Number
        {
            get;
            set
            {
                field = value;
                Inner.Count++;
            }
        }
    }

    public sealed class Marking
    {
        public int[] Marks { get; set; } = new int[2];

        public int Number
        {
            get;
            set
            {
                field = value;
                Marks[0]++;
            }
        }
    }

    public record struct Held(List<int> Items);

    public sealed class MarkingStruct
    {
        public Held Held { get; set; }

        public int Number
        {
            get;
            set
            {
                field = value;
                Held.Items.Add(value);
            }
        }
    }

    public sealed class MarkingBytes
    {
        public byte[] Bytes { get; set; } = [0];

        public int Number
        {
            get;
            set
            {
                field = value;
                Bytes[0]++;
            }
        }
    }

    public sealed class MarkingConverted
    {
        [JsonConverter(typeof(ItemsConverter))]
        public List<int> Items { get; set; } = [];

        public int Number
        {
            get;
            set
            {
                field = value;
                Items.Add(value);
            }
        }
    }

    public sealed class ItemsConverter : JsonConverter<List<int>>
    {
        public override List<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => [.. reader.GetString()!.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];

        public override void Write(Utf8JsonWriter writer, List<int> value, JsonSerializerOptions options)
            => writer.WriteStringValue(string.Join(',', value));
    }

    public sealed record Adding(List<int> Items, int Number)
    {
        public int Number { get; init; } = Add(Items, Number);

        private static int Add(List<int> items, int number)
        {
            items.Add(number);
            return number;
        }
    }

    public sealed class Sorting
    {
        public Sorting(List<int> items)
        {
            items.Sort();
            Items = items;
        }

        public List<int> Items { get; }
    }

    public sealed class Scaling
    {
        public decimal Number { get; set => field = value * 1.0m; }
    }

    public sealed class ScalingAll
    {
        public decimal[] Numbers { get; set => field = [.. value.Select(number => number * 1.0m)]; } = [];
    }

    public sealed class ScalingItems : System.Collections.ObjectModel.Collection<decimal>
    {
        protected override void InsertItem(int index, decimal item) => base.InsertItem(index, item * 1.0m);
    }

    public sealed class HoldsNullable
    {
        public decimal? Number { get; set => field = value * 1.0m; }
    }

    public sealed class HoldsTuple
    {
        public (decimal, int) Value { get; set => field = (value.Item1 * 1.0m, value.Item2); }
    }

    public sealed class Dating
    {
        public DateTime At
        {
            get;
            set => field = DateTime.SpecifyKind(value, value.Kind == DateTimeKind.Utc ? DateTimeKind.Local : DateTimeKind.Utc);
        }
    }

    public sealed class Shifting
    {
        public DateTimeOffset At { get; set => field = value.ToOffset(value.Offset + TimeSpan.FromHours(1)); }
    }

    public sealed class Negating
    {
        public double Number { get; set => field = -value; }
    }

    public struct LooseStruct : IEquatable<LooseStruct>
    {
        public int Number { get; set; }

        public string? Text { get; set; }

        public readonly bool Equals(LooseStruct other) => Number == other.Number;

        public override readonly bool Equals(object? obj) => obj is LooseStruct other && Equals(other);

        public override readonly int GetHashCode() => Number;
    }

    public sealed class HoldsLooseStruct
    {
        public LooseStruct Value { get; set => field = new LooseStruct { Number = value.Number, Text = value.Text + "!" }; }
    }

    public sealed class LooseClass
    {
        public decimal Amount { get; set; }

        public override bool Equals(object? obj) => true;

        public override int GetHashCode() => 0;
    }

    public sealed class HoldsLooseClass
    {
        public LooseClass? Value { get; set => field = value is null ? null : new LooseClass { Amount = value.Amount * 2 }; }
    }

    public sealed class Validating
    {
        public int Number
        {
            get;
            set
            {
                ArgumentOutOfRangeException.ThrowIfNegative(value);
                field = value;
            }
        }

        public List<int>? Items { get; set; }

        public ConcurrentDictionary<string, int>? Concurrent { get; set; }

        public LooseClass? Loose { get; set; }

        public IReadOnlyList<int>? View { get; set; }

        public DateTime Date { get; set => field = value.AddTicks(0); }

        public decimal Amount { get; set => field = decimal.Add(value, 0); }
    }

    public sealed class Remembering
    {
        public Remembering(List<LooseClass> all)
        {
            All = all;
            First = all.FirstOrDefault();
        }

        public List<LooseClass> All { get; }

        public LooseClass? First { get; }
    }

    public sealed class Tree
    {
        public string? Name { get; set => field = value?.Trim(); }

        public List<Tree> Children { get; set; } = [];
    }

    public record BaseRecord(int Number);

    public sealed record DerivedRecord(int Number, List<int> Items) : BaseRecord(Number)
    {
        public List<int> More { get; init; } = [];
    }

    public sealed class OwnConverter
    {
        public int Number { get; set => field = Math.Abs(value); }

        [JsonConverter(typeof(WrappedConverter))]
        public Wrapped? Text { get; set; }
    }

    public sealed record Wrapped(string Value);

    public sealed class WrappedConverter : JsonConverter<Wrapped>
    {
        public override Wrapped Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Wrapped value, JsonSerializerOptions options)
            => writer.WriteStringValue(value.Value);
    }

    [JsonConverter(typeof(CountedConverter))]
    public sealed class Counted
    {
        public int Reads { get; set; }
    }

    public sealed class CountedConverter : JsonConverter<Counted>
    {
        public override Counted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => new() { Reads = reader.GetInt32() };

        public override void Write(Utf8JsonWriter writer, Counted value, JsonSerializerOptions options)
            => writer.WriteNumberValue(++value.Reads);
    }

    public sealed record ReadsDerived(int Number, Counted Counted) : BaseRecord(Number);

    public sealed record ReadsInitialized(Counted Counted)
    {
        public List<int> Items { get; init; } = new();

        public string Text { get; init; } = "a";

        public int Number { get; init; } = 5;
    }
}
