using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>Objects whose accessors or constructor do more than store a value, with no other rule of the serializer applied.</summary>
[SuppressMessage("Style", "IDE0032", Justification = "The fixtures have accessors that do more than an automatic property.")]
public sealed class JsonRoundTripTests
{
    private static readonly JsonSerializerOptions Json = new()
    {
        IncludeFields = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver
        {
            Modifiers =
            {
                static info =>
                {
                    if (info.Kind == JsonTypeInfoKind.Object)
                        JsonRoundTrip.Attach(info);
                },
            },
        },
    };

    [Theory]
    [InlineData(typeof(Plain), false)]
    [InlineData(typeof(Positional), false)]
    [InlineData(typeof(HandWritten), false)]
    [InlineData(typeof(Version), false)] // the framework's own
    [InlineData(typeof(Clamped), true)]
    [InlineData(typeof(Doubling), true)]
    [InlineData(typeof(Crossed), true)]
    [InlineData(typeof(Overriding), true)]
    public void Only_types_whose_code_does_more_than_store_values_are_checked(Type type, bool isChecked)
        => Assert.Equal(isChecked, Json.GetTypeInfo(type).OnSerializing is not null);

    [Fact]
    public void Anonymous_types_are_not_checked()
        => Assert.Null(Json.GetTypeInfo(new { Number = 1 }.GetType()).OnSerializing);

    [Fact]
    public void A_value_that_its_setter_keeps_can_be_sent()
    {
        var value = new Clamped { Number = 5 };
        Send(value);
        Assert.Equal(5, value.Number);
    }

    [Fact]
    public void A_value_that_its_setter_changes_is_refused()
    {
        var value = Clamped.Unchecked(500);
        var message = Refused(value);
        Assert.Contains("JsonRoundTripTests.Clamped would come back different: its field number does not get the value again", message);
        Assert.Equal(500, value.Number);
    }

    [Fact]
    public void A_value_that_its_constructor_changes_is_refused()
    {
        Send(new Doubling(0));
        Assert.Contains("its property Number does not get the value again", Refused(new Doubling(1)));
    }

    [Fact]
    public void Two_members_that_the_constructor_exchanges_are_refused_unless_they_are_equal()
    {
        Send(new Crossed(1, 1));
        Refused(new Crossed(1, 2));
    }

    [Fact]
    public void A_copy_with_the_same_content_is_the_same()
    {
        List<int> numbers = [1, 2];
        Send(new Copied { Numbers = numbers });
        Assert.Equal([1, 2], numbers);
    }

    [Fact]
    public void A_copy_with_another_order_is_refused_and_the_original_is_not_changed()
    {
        var value = Sorting.Unsorted(2, 1);
        Refused(value);
        Assert.Equal([2, 1], value.Numbers);
        Send(Sorting.Unsorted(1, 2));
    }

    [Fact]
    public void Numbers_and_dates_are_compared_to_the_last_digit_and_kind()
    {
        Refused(Precise.Of(1.00m, DateTime.UnixEpoch));
        Refused(Precise.Of(1.0m, DateTime.SpecifyKind(DateTime.UnixEpoch, DateTimeKind.Unspecified)));
        Send(Precise.Of(1.0m, DateTime.UnixEpoch));
    }

    [Fact]
    public void A_setter_that_changes_the_object_of_another_member_is_refused()
    {
        var value = new Counting { Numbers = [], Number = 1 };
        Assert.Contains("its member Numbers does not keep the value that it has", Refused(value));
        Assert.Equal([1], value.Numbers);
    }

    [Fact]
    public void An_object_that_its_constructor_or_setter_refuses_is_refused_with_the_reason()
    {
        Assert.Contains(
            "JsonRoundTripTests.Positive cannot be made again from its members: ArgumentOutOfRangeException: ", Refused(default(Positive)));
        Assert.Contains(
            "JsonRoundTripTests.Once cannot be made again from its members: InvalidOperationException: It is set",
            Refused(new Once { Number = 1 }));
    }

    [Fact]
    public void An_object_with_a_getter_that_throws_is_refused_with_the_reason()
        => Assert.Contains("cannot be made again from its members: InvalidOperationException: Not yet. ", Refused(new Unready()));

    [Fact]
    public void A_value_that_an_overriding_property_hides_is_refused()
    {
        Send(new Overriding(0, 2));
        Assert.Contains(
            "the property Number of Handler.Tests.Functions.JsonRoundTripTests.Base has a value of its own", Refused(new Overriding(1, 2)));
    }

    [Fact]
    public void State_that_is_not_sent_on_purpose_is_not_compared()
    {
        var value = new Caching { Number = 1 };
        Assert.Equal(1, value.Reads());
        Send(value);
    }

    [Fact]
    public void The_objects_in_an_object_are_checked_too()
    {
        Send(new Outer { Inner = new Clamped { Number = 1 } });
        Assert.Contains("JsonRoundTripTests.Clamped would come back different", Refused(new Outer { Inner = Clamped.Unchecked(500) }));
        Refused(new List<Clamped> { Clamped.Unchecked(500) });
    }

    private static void Send<T>(T value) => JsonSerializer.Serialize(value, Json);

    private static string Refused<T>(T value)
        => Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(value, Json)).Message;

    public sealed class Plain
    {
        public int Number { get; set; }

        public string Text = "";
    }

    public sealed record Positional(int Number, string Text);

    public sealed class HandWritten
    {
        private int number;

        public int Number
        {
            get => number;
            set => number = value;
        }
    }

    public sealed class Clamped
    {
        private int number;

        public int Number
        {
            get => number;
            set => number = Math.Min(value, 100);
        }

        public static Clamped Unchecked(int number) => new() { number = number };
    }

    public sealed class Doubling(int number)
    {
        public int Number { get; } = number * 2;
    }

    public sealed class Crossed(int first, int second)
    {
        public int First { get; } = second;

        public int Second { get; } = first;
    }

    public sealed class Copied
    {
        private List<int> numbers = [];

        public List<int> Numbers
        {
            get => numbers;
            set => numbers = [.. value];
        }
    }

    public sealed class Sorting
    {
        private List<int> numbers = [];

        public List<int> Numbers
        {
            get => numbers;
            set
            {
                value.Sort();
                numbers = value;
            }
        }

        public static Sorting Unsorted(params List<int> numbers) => new() { numbers = numbers };
    }

    public sealed class Precise
    {
        private decimal amount;
        private DateTime at;

        public decimal Amount
        {
            get => amount;
            set => amount = decimal.Round(value, 1);
        }

        public DateTime At
        {
            get => at;
            set => at = DateTime.SpecifyKind(value, DateTimeKind.Utc);
        }

        public static Precise Of(decimal amount, DateTime at) => new() { amount = amount, at = at };
    }

    public sealed class Counting
    {
        private int number;

        public List<int> Numbers { get; set; } = [];

        public int Number
        {
            get => number;
            set
            {
                number = value;
                Numbers.Add(value);
            }
        }
    }

    public readonly struct Positive
    {
        [JsonConstructor]
        public Positive(int number)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
            Number = number;
        }

        public int Number { get; }
    }

    public sealed class Once
    {
        private static bool isSet;
        private int number;

        public int Number
        {
            get => number;
            set
            {
                number = isSet ? throw new InvalidOperationException("It is set.") : value;
                isSet = true;
            }
        }
    }

    public sealed class Unready
    {
        private int number;

        public int Number
        {
            get => number == 0 ? throw new InvalidOperationException("Not yet.") : number;
            set => number = value;
        }
    }

    public class Base
    {
        public virtual int Number { get; set; }
    }

    public sealed class Overriding : Base
    {
        public Overriding()
        {
        }

        public Overriding(int ofBase, int own) => (base.Number, Number) = (ofBase, own);

        public override int Number { get; set; }
    }

    public sealed class Caching
    {
        [NonSerialized]
        private int reads;

        private int number;

        public int Number
        {
            get => number;
            set => number = Math.Abs(value);
        }

        public int Reads() => ++reads;
    }

    public sealed class Outer
    {
        private Clamped? inner;

        public Clamped? Inner
        {
            get => inner;
            set => inner = value ?? new Clamped();
        }
    }
}
