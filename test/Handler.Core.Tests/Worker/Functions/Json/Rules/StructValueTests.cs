using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>Structs, including nullable ones: all of their bytes arrive, or the function is refused.</summary>
[SuppressMessage("Style", "IDE0044", Justification = "The fixtures have state that nothing changes.")]
[SuppressMessage("Performance", "CA1815", Justification = "They are compared member by member.")]
public sealed class StructValueTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void A_nullable_struct_can_be_a_result_a_variable_a_member_and_an_item()
    {
        Nullable(new Point { X = 1, Y = 2 });
        Nullable(new Money(1.10m, "€"));
        Nullable((1, "a"));
        Nullable((1, (2, (int?)3)));
        Nullable(new KeyValuePair<int, string>(1, "a"));
        Assert.Equal(new ReadOnlyPoint(1, 2), Through(new Box<ReadOnlyPoint?>(new(1, 2))).Value);
        Assert.Equal(1..^2, Through(new Box<Range?>(1..^2)).Value);
        Assert.Equal(new Complex(1, 2), Through(new Box<Complex?>(new(1, 2))).Value);
        Assert.Equal(new BigInteger(7), Through(new Box<BigInteger?>(new(7))).Value);
        Assert.Equal(new Vector3(1, 2, 3), Through(new Box<Vector3?>(new(1, 2, 3))).Value);
        Assert.Equal(
            [JsonValueKind.Null, JsonValueKind.Number, null],
            Through(new List<JsonElement?> { Element("null"), Element("1"), null }).Select(value => value?.ValueKind));
        Assert.Equal(DayOfWeek.Friday, Through(new Box<DayOfWeek?>(DayOfWeek.Friday)).Value);
        Assert.Equal([1, 2], Through(new Box<ImmutableArray<int>?>(ImmutableArray.Create(1, 2))).Value!.Value.ToArray());
        Assert.Equal([1, 2], Through(new List<ArraySegment<int>?> { new([1, 2]), null })[0]!.Value.ToArray());
        Assert.Equal([1, 2], Through(new Box<Memory<int>?>(new Memory<int>([1, 2]))).Value!.Value.ToArray());
        Assert.Equal(
            new GenericPoint<Point?>(new Point { X = 1 }),
            Through(new Box<GenericPoint<Point?>?>(new GenericPoint<Point?>(new Point { X = 1 }))).Value);
    }

    [Fact]
    public void A_nullable_struct_is_checked_as_the_struct_itself()
    {
        Refused(new List<PrivateState?> { new(1) }, "StructValueTests.PrivateState", "private field number");
        Refused(new Box<PrivateState?>(new(1)), "private field number");
        Refused(new Box<ImmutableArray<int>?>(default(ImmutableArray<int>)), "ImmutableArray");
        Assert.Contains("private field number", runner.Refused<PrivateState?>(static () => null).Message);
        Assert.Contains("PrivateState", runner.Refused<(PrivateState, int)?>(static () => null).Message);
        Assert.Contains("Token", runner.Refused<Box<CancellationToken?>>(static () => new(null)).Message);
    }

    [Fact]
    public void A_struct_with_read_only_fields_can_be_sent()
    {
        var point = Through(new ReadOnlyPoint(1, 2));
        Assert.Equal((1, 2), (point.X, point.Y));
        Assert.Equal([3, 4], Through(new List<ReadOnlyFields> { new(3, [4]) }).SelectMany(value => value.Items.Prepend(value.Number)));
        Assert.Equal((5, 6), (Through(new WrittenOut(5, 6)).X, Through(new WrittenOut(5, 6)).Y));
        Assert.Equal(7, Through(new Marked(7)).Number);
        Refused(new Computing(1), "StructValueTests.Computing", "private field kept");
        Assert.Equal(8, Through(new Generic<int>(8)).Value);
        Assert.Equal(9, Through(new IncludedReadOnly(9)).Number);
        Assert.Equal(3, runner.Run(static () => new ReadOnlyPoint(1, 2) is var value ? new ReadOnlyPoint(value.X + 2, 0) : default).X);
    }

    [Fact]
    public void A_struct_with_a_fixed_buffer_or_an_inline_array_is_refused()
    {
        Refused(new FixedBuffer(), "StructValueTests.FixedBuffer", "fixed buffer Items", "[JsonConverter]");
        Refused(new HoldsFixedBuffer(), "StructValueTests.FixedBuffer", "fixed buffer Items");
        Refused(new List<FixedBuffer?> { default(FixedBuffer) }, "fixed buffer Items");
        Refused(new InlineItems(), "StructValueTests.InlineItems", "inline array", "[JsonConverter]");
        Refused(new PrivateInlineItems(), "StructValueTests.PrivateInlineItems", "inline array");
        Refused(new Box<InlineItems>(default), "inline array");
        Assert.Contains("fixed buffer", runner.Refused(static () => default(FixedBuffer)).Message);
    }

    [Fact]
    public void Fields_that_share_bytes_are_accepted_only_if_each_keeps_all_bits()
    {
        Refused(new NumberUnion { Integer = 0x7fa00001 }, "NumberUnion", "Integer", "Single", "[JsonConverter]");
        Refused(new List<NumberUnion> { default }, "NumberUnion");
        Refused(new BooleanUnion { Byte = 2 }, "BooleanUnion");
        Refused(new NestedUnion(), "NestedUnion");
        Refused(new PropertyUnion { Integer = 1 }, "PropertyUnion");
        Assert.Equal(0x0102_0304_0506_0708, Through(new IntegerUnion { Whole = 0x0102_0304_0506_0708 }).Whole);
        Assert.Equal(
            (1, 2.5),
            (Through(new Explicit { Number = 1, Real = 2.5 }).Number, Through(new Explicit { Number = 1, Real = 2.5 }).Real));
        Assert.Equal(0x7fa00001, Through(new MarkedUnion { Integer = 0x7fa00001 }).Integer);
    }

    [Fact]
    public void A_decimal_keeps_its_sign_and_scale_in_every_position()
    {
        foreach (var value in new[]
            {
                -0.0m,
                -0m,
                new decimal(0, 0, 0, true, 28),
                0.000m,
                1.10m,
                -1.10m,
                decimal.MinValue,
                decimal.MaxValue,
                0.0000000000000000000000000001m,
            })
        {
            Same(value, Through(value));
            Same(value, Through(new List<decimal> { value })[0]);
            Same(value, Through(new Box<decimal>(value)).Value);
            Same(value, Through(new Box<decimal?>(value)).Value!.Value);
            Same(value, Through(new Dictionary<decimal, int> { [value] = 1 }).Keys.Single());
            Same(value, Through(new Dictionary<string, decimal> { ["a"] = value })["a"]);
            Same(value, (decimal)Through(new List<object> { value })[0]);
            Same(value, Through((1, value)).value);
            Same(value, Through(new TextDecimal { Number = value }).Number);
        }

        static void Same(decimal expected, decimal actual) => Assert.Equal(decimal.GetBits(expected), decimal.GetBits(actual));
    }

    private void Nullable<T>(T value)
        where T : struct
    {
        T? present = value, absent = null;
        foreach (var sent in new[] { present, absent })
        {
            Assert.Equal(sent, Through(sent));
            Assert.Equal(sent, Through(new Box<T?>(sent)).Value);
            Assert.Equal(sent, Through(new Holder<T> { Property = sent, Field = sent }).Property);
            Assert.Equal(sent, Through(new Holder<T> { Property = sent, Field = sent }).Field);
            Assert.Equal([sent, absent], Through(new List<T?> { sent, absent }));
            Assert.Equal([sent, absent], Through(new[] { sent, absent }));
            Assert.Equal(sent, Through(new Dictionary<string, T?> { ["a"] = sent })["a"]);
            Assert.Equal((sent, 1), Through((sent, 1)));
            Assert.Equal(sent, Through(new T?[,] { { sent } })[0, 0]);
        }
    }

    private static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement.Clone();

    private void Refused<T>(T value, params string[] parts)
    {
        var message = runner.Refused(() => value is null).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private T Through<T>(T value) => runner.Run(() => value);

#pragma warning disable CS0169, CS0414, CS0649, CA1051, IDE0250, IDE0251 // these types are about state that nothing uses
    public struct Point
    {
        public int X { get; set; }

        public int Y;
    }

    public readonly record struct Money(decimal Amount, string Currency);

    public readonly struct ReadOnlyPoint
    {
        public readonly int X;
        public readonly int Y;

        public ReadOnlyPoint(int x, int y) => (X, Y) = (x, y);
    }

    public readonly struct ReadOnlyFields(int number, List<int> items)
    {
        public readonly int Number = number;
        public readonly List<int> Items = items;
    }

    public readonly struct WrittenOut(int x, int y)
    {
        private readonly int kept = y;

        public int X => x;

        public int Y
        {
            get { return kept; }
        }

        public int Sum => kept + x;
    }

    public readonly struct Computing(int number)
    {
        private readonly int kept = number;

        public int Number => kept + 1;
    }

    public readonly struct Marked
    {
        public readonly int Number;

        [JsonConstructor]
        public Marked(int number) => Number = number;
    }

    public readonly struct Generic<T>(T value)
    {
        private readonly T kept = value;

        public T Value => kept;
    }

    public sealed class IncludedReadOnly
    {
        [JsonInclude]
        private readonly int number;

        public IncludedReadOnly()
        {
        }

        public IncludedReadOnly(int number) => this.number = number;

        [JsonIgnore]
        public int Number => number;
    }

    public record struct GenericPoint<T>(T Value);

    public readonly struct PrivateState(int number)
    {
        private readonly int number = number;
    }

    public sealed record Box<T>(T Value);

    public sealed class Holder<T>
        where T : struct
    {
        public T? Field;

        public T? Property { get; set; }
    }

    public unsafe struct FixedBuffer
    {
        public fixed int Items[4];
    }

    public sealed class HoldsFixedBuffer
    {
        public FixedBuffer Buffer { get; set; }
    }

    [InlineArray(4)]
    public struct InlineItems
    {
        public int First;
    }

    [InlineArray(4)]
    public struct PrivateInlineItems
    {
        private int first;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct NumberUnion
    {
        [FieldOffset(0)]
        public int Integer;

        [FieldOffset(0)]
        public float Single;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct BooleanUnion
    {
        [FieldOffset(0)]
        public byte Byte;

        [FieldOffset(0)]
        public bool Boolean;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct NestedUnion
    {
        [FieldOffset(0)]
        public long Long;

        [FieldOffset(4)]
        public Explicit Other;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct PropertyUnion
    {
        [field: FieldOffset(0)]
        public int Integer { get; set; }

        [field: FieldOffset(2)]
        public float Single { get; set; }
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct IntegerUnion
    {
        [FieldOffset(0)]
        public long Whole;

        [FieldOffset(0)]
        public int Low;

        [FieldOffset(4)]
        public uint High;

        [FieldOffset(0)]
        public DayOfWeek Day;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct Explicit
    {
        [FieldOffset(0)]
        public int Number;

        [FieldOffset(8)]
        public double Real;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct MarkedUnion
    {
        [FieldOffset(0)]
        public int Integer;

        [FieldOffset(0), JsonIgnore, NonSerialized]
        public float Single;
    }

    public sealed class TextDecimal
    {
        [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
        public decimal Number { get; set; }
    }
#pragma warning restore
}
