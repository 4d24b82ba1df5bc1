using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>Accessors and constructors that change a value are detected before a changed value arrives.</summary>
public sealed class RoundTripTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Values_that_would_arrive_changed_are_refused_and_the_message_names_the_member()
    {
        Refused(new DoublingSetter(10), "Number", "[JsonConverter]");
        Refused(new DoublingInit { Number = 5 }, "Number");
        Refused(new ComputingGetter { Number = 5 }, "Number");
        Refused(new AbsoluteGetter { Number = -5 }, "Number");
        Refused(new TransformingConstructor(5), "Number");
        Refused(new TransformingRecord("a"), "Name");
        Refused(new Swapping(1, 2), "First");
        Refused(new Crossed { First = 1, Second = 2 }, "first");
        Refused(new Hooked { Name = "a", Count = 3 }, "Count");
        Refused(new DerivedSwap(1, 2), "Second");
        Refused(new DoublingStruct(4), "Number");
        Refused(new List<DoublingSetter> { new(10) }, "Number");
        Refused(new Dictionary<string, DoublingSetter> { ["a"] = new(10) }, "Number");
        Refused(Validating.Unchecked(7), "Validating", "must be even");
    }

    [Fact]
    public void Results_that_would_arrive_changed_are_refused()
    {
        Assert.Contains("Number", Assert.Throws<NotSupportedException>(() => runner.Run(static () => new DoublingSetter(10))).Message);
        Assert.Contains(
            "Number",
            Assert.Throws<NotSupportedException>(() => runner.Run(static () => new[] { new TransformingConstructor(5) })).Message);
    }

    [Fact]
    public void Values_that_arrive_unchanged_are_accepted_regardless_of_their_accessors()
    {
        Assert.Equal(0, Through(new DoublingSetter(0)).Number);
        Assert.Equal(100, Through(new Clamping(500)).Number);
        Assert.Equal(8, Through(new Validating(8)).Number);
        Assert.Equal("abc", Through(new Trimming { Text = " abc " }).Text);
        Assert.Equal([1, 2], Through(new Copying { Items = [1, 2] }).Items);
        Assert.Equal((1, 2), (Through(new Plain(1) { More = 2 }).Number, Through(new Plain(1) { More = 2 }).More));
        Assert.Equal(new DerivedRecord(1, "a"), Through(new DerivedRecord(1, "a")));
        Assert.Equal(3, Through(new Notifying { Number = 3 }).Number);
        Assert.Equal(4, Through(new Lazily()).Number);
    }

    [Fact]
    public void The_remedy_that_the_message_names_works()
    {
        Assert.Equal(10, Through(new Converted(10)).Number);
        var number = new DoublingSetter(10).Number;
        Assert.Equal(10, runner.Run(() => number));
    }

    [Fact]
    public void Properties_with_a_private_setter_or_without_a_setter_arrive_unchanged()
    {
        var order = new Order("a");
        order.Add(1);
        order.Add(2);
        var through = Through(order);
        Assert.Equal(("a", 2), (through.Name, through.Count));
        Assert.Equal([1, 2], through.Items);
        Assert.Equal(2, through.ByName["2"]);
        Assert.Equal(2, runner.Run(() => order).Count);
        Assert.Equal(5, Through(new InheritsGetOnly { Own = 5 }).Own);
    }

    private void Refused<T>(T value, params string[] parts)
    {
        var message = runner.Refused(() => value is null).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private T Through<T>(T value) => runner.Run(() => value);

    public sealed class DoublingSetter
    {
        public DoublingSetter()
        {
        }

        public DoublingSetter(int number) => Number = number / 2;

        public int Number { get; set => field = value * 2; }
    }

    public sealed class DoublingInit
    {
        public int Number { get; init => field = value * 2; }
    }

    public struct DoublingStruct(int number)
    {
        public int Number { get; set => field = value * 2; } = number;
    }

    public sealed class ComputingGetter
    {
        public int Number { get => field + 1; set; }
    }

    public sealed class AbsoluteGetter
    {
        public int Number { get => Math.Abs(field); set; }
    }

    public sealed class TransformingConstructor(int number)
    {
        public int Number { get; } = number * 2;
    }

    public sealed record TransformingRecord(string Name)
    {
        public string Name { get; init; } = Name + "!";
    }

    public sealed class Clamping
    {
        public Clamping()
        {
        }

        [JsonConstructor]
        public Clamping(int number) => Number = Math.Min(number, 100);

        public int Number { get; private init => field = Math.Min(value, 100); }
    }

    public sealed class Crossed
    {
        private int first;
        private int second;

        public int First { get => first; set => second = value; }

        public int Second { get => second; set => first = value; }
    }

    public class Swapping(int first, int second)
    {
        public int First { get; } = second;

        public int Second { get; } = first;
    }

    public sealed class DerivedSwap(int first, int second) : Swapping(second + 1, first);

    public sealed class Hooked
    {
        public string? Name
        {
            get;
            set
            {
                field = value;
                Count++;
            }
        }

        [JsonPropertyOrder(-1)]
        public int Count { get; set; }
    }

    public sealed class Validating
    {
        private static bool acceptsAll;
        private readonly int number;

        public Validating(int number)
        {
            if (!acceptsAll && number % 2 != 0)
                throw new ArgumentException("The number must be even.");
            this.number = number;
        }

        public static Validating Unchecked(int number)
        {
            acceptsAll = true;
            try
            {
                return new Validating(number);
            }
            finally
            {
                acceptsAll = false;
            }
        }

        public int Number => number;
    }

    public sealed class Trimming
    {
        public string? Text { get; set => field = value?.Trim(); }
    }

    public sealed class Copying
    {
        private List<int> items = [];

        public IReadOnlyList<int> Items
        {
            get => items;
            set => items = [.. value];
        }
    }

    public sealed class Plain(int number)
    {
        public int Number { get; } = number;

        public int More { get; set; }
    }

    public record BaseRecord(int Number);

    public sealed record DerivedRecord(int Number, string Text) : BaseRecord(Number);

    public sealed class Notifying
    {
        public int Number
        {
            get;
            set
            {
                if (field != value)
                    field = value;
            }
        }
    }

    public sealed class Lazily
    {
        public int? Number { get => field ??= 4; set; }
    }

    [JsonConverter(typeof(Converter))]
    public sealed class Converted
    {
        public Converted(int number) => Number = number / 2;

        public int Number { get; set => field = value * 2; }

        private sealed class Converter : JsonConverter<Converted>
        {
            public override Converted Read(
                ref System.Text.Json.Utf8JsonReader reader,
                Type typeToConvert,
                System.Text.Json.JsonSerializerOptions options)
                => new(reader.GetInt32());

            public override void Write(
                System.Text.Json.Utf8JsonWriter writer,
                Converted value,
                System.Text.Json.JsonSerializerOptions options)
                => writer.WriteNumberValue(value.Number);
        }
    }

    public sealed class Order
    {
        public Order()
        {
        }

        public Order(string name) => Name = name;

        public string Name { get; private set; } = "";

        public int Count { get; private set; }

        public List<int> Items { get; } = [];

        public IDictionary<string, int> ByName { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

        public void Add(int item)
        {
            Count++;
            Items.Add(item);
            ByName[item.ToString(System.Globalization.CultureInfo.InvariantCulture)] = item;
        }
    }

    public class GetOnly
    {
        public int Own { get; init; }

        public string Fixed { get; } = "x";
    }

    public sealed class InheritsGetOnly : GetOnly;
}
