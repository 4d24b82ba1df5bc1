using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;

namespace Handler.Tests.Functions;

public sealed class CapturedValueTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Simple_values_arrive_unchanged()
    {
        Same(true);
        Same((byte)200);
        Same((sbyte)-100);
        Same((short)-30000);
        Same((ushort)60000);
        Same(int.MinValue);
        Same(uint.MaxValue);
        Same(long.MinValue);
        Same(ulong.MaxValue);
        Same(Int128.MinValue);
        Same(UInt128.MaxValue);
        Same(1.5f);
        Same(double.NaN);
        Same(double.NegativeInfinity);
        Same(float.PositiveInfinity);
        Same(double.Epsilon);
        Same((Half)0.5);
        Same(1.10m);
        Same('x');
        Same('\uD800');
        Same("");
        Same("grüße 😀 \0");
        Same("half \uD800 pair");
        Same(Guid.NewGuid());
        Same(DateOnly.MaxValue);
        Same(TimeOnly.MaxValue);
        Same(TimeSpan.MinValue);
        Same(new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-7.5)));
        Same(DayOfWeek.Friday);
        Same((ByteEnum)77);
        Same(new Version(1, 2, 3));
        Same(new Uri("/relative path", UriKind.Relative));
        Same(new Uri("https://example.org/ä?q=1#f"));
        Same(BigInteger.Pow(-7, 300));
        Same((int?)5);
        Same((int?)null);
        Same((string?)null);
        Same((Guid?)Guid.NewGuid());
        Same(typeof(Dictionary<string, List<int>>));
        Same(typeof(Poco[]));
        Assert.Equal(4, runner.Run(() => decimal.GetBits(1.10m)).Length);
        Assert.Equal("1.10", Through(1.10m).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(double.IsNegative(Through(-0.0)));
        foreach (var kind in Enum.GetValues<DateTimeKind>())
            Assert.Equal((kind, 123456789L), (Through(new DateTime(123456789, kind)).Kind, Through(new DateTime(123456789, kind)).Ticks));
    }

    [Fact]
    public void Bytes_arrive_unchanged()
    {
        byte[] bytes = [0, 1, 255, 0];
        Same(bytes);
        Assert.True(Through<ReadOnlyMemory<byte>>(bytes.AsMemory(1, 2)).Span.SequenceEqual(bytes.AsSpan(1, 2)));
        Assert.True(Through(bytes.AsMemory(1)).Span.SequenceEqual(bytes.AsSpan(1)));
        Same(Array.Empty<byte>());
        Same((byte[]?)null);
    }

    [Fact]
    public void Collections_arrive_unchanged()
    {
        Same(new List<int> { 1, 2 });
        Same(new[] { "a", null, "c" });
        Same(new[] { new[] { 1 }, [2, 3] });
        Same(new Dictionary<string, int> { ["a"] = 1 });
        Same(new Dictionary<Guid, List<string>> { [Guid.NewGuid()] = ["x"] });
        Same(new Dictionary<DayOfWeek, int> { [DayOfWeek.Monday] = 1 });
        Same(new HashSet<int> { 3, 1 });
        Same(new SortedDictionary<int, string> { [2] = "b", [1] = "a" });
        Same(new SortedList<int, string> { [2] = "b", [1] = "a" });
        Same(new SortedSet<int> { 3, 1 });
        Same(new Queue<int>([1, 2, 3]));
        Same(new LinkedList<int>([1, 2, 3]));
        Assert.Equal([1, 2], Through(ImmutableArray.Create(1, 2)).AsEnumerable());
        Assert.Equal([1, 2], Through(new ConcurrentQueue<int>([1, 2])));
        Assert.Equal(1, Through(new ConcurrentDictionary<string, int> { ["a"] = 1 })["a"]);
        Assert.Equal(1, Through(new SortedDictionary<string, int> { ["a"] = 1 })["a"]);
        Assert.Equal([1, 2], Through(new Collection<int> { 1, 2 }));
        Assert.Equal([1, 2], Through(new OwnList { 1, 2 }));
        Same(ImmutableList.Create("a", "b"));
        Same(ImmutableDictionary<string, int>.Empty.Add("a", 1));
        Assert.True(Through(ImmutableHashSet.Create(1, 2)).SetEquals([1, 2]));
        Same(new double[] { double.NaN, double.PositiveInfinity, -0.0 });
        Same(new KeyValuePair<string, int>("a", 1));
    }

    [Fact]
    public void Sequences_declared_as_interfaces_can_be_sent()
    {
        IReadOnlyList<int> expression = [1, 2, 3];
        IEnumerable<string> array = new[] { "a" };
        IList<int> list = new List<int> { 4 };
        IReadOnlyCollection<int> readOnly = list.AsReadOnly();
        IDictionary<string, int> dictionary = new Dictionary<string, int> { ["a"] = 1 };
        ISet<int> set = new HashSet<int> { 1 };
        IList<int> fixedSize = [5, 6];
        Same(expression);
        Same(array);
        Same(list);
        Same(readOnly);
        Same(dictionary);
        Same(set);
        Same(fixedSize);
        Assert.IsType<string[]>(runner.Run(() => array.GetType() == typeof(string[]) ? array.ToArray() : null));
    }

    [Fact]
    public void Tuples_records_and_objects_arrive_unchanged()
    {
        Same((1, "two", (3.0, (long?)4)));
        Same((1, 2, 3, 4, 5, 6, 7, 8, 9));
        Same(Tuple.Create(1, "two"));
        Same(new Positional("a", 2));
        Same(new PositionalStruct(1, 2));
        Same(new Nominal { Name = "n", Tags = ["x"] });
        var poco = Through(new Poco { Number = 1, Text = "t", Field = 2, Child = new Poco { Text = "c" }, WrittenOut = 9 });
        Assert.Equal((1, "t", 2, "c", 9), (poco.Number, poco.Text, poco.Field, poco.Child!.Text, poco.WrittenOut));
        var anonymous = new { A = 1, B = "b" };
        Assert.Equal("1b", runner.Run(() => anonymous.A + anonymous.B));
    }

    [Fact]
    public void A_value_that_equals_the_default_replaces_an_initializer()
    {
        Assert.Equal(0, Through(new WithInitializer { Number = 0 }).Number);
        Assert.Null(Through(new WithInitializer { Text = null }).Text);
    }

    [Fact]
    public void A_variable_of_a_general_type_keeps_the_type_of_its_value()
    {
        object boxed = 5;
        object poco = new Poco { Number = 3 };
        Shape shape = new Circle { Radius = 2 };
        object time = DayOfWeek.Friday;
        Assert.Equal("System.Int32 5", runner.Run(() => $"{boxed.GetType()} {boxed}"));
        Assert.Equal(3, runner.Run(() => ((Poco)poco).Number));
        Assert.Equal(2, runner.Run(() => ((Circle)shape).Radius));
        Assert.Equal(DayOfWeek.Friday, runner.Run(() => (DayOfWeek)time));
    }

    [Fact]
    public void An_object_captured_twice_stays_one_object()
    {
        var list = new List<int> { 1 };
        IEnumerable<int> same = list;
        object other = list;
        Assert.True(runner.Run(() => ReferenceEquals(list, same) && ReferenceEquals(same, other)));
        var bytes = new byte[] { 1 };
        var alias = bytes;
        var equal = new byte[] { 1 };
        Assert.True(runner.Run(() => ReferenceEquals(bytes, alias) && !ReferenceEquals(bytes, equal)));
    }

    [Fact]
    public void Many_captured_objects_keep_their_identity()
    {
        var (a, b, c, d, e, f, g, h) = (L(1), L(2), L(3), L(4), L(5), L(6), L(7), L(8));
        var (i, j, k, l, m, n, o, p) = (L(9), L(10), L(11), L(12), L(13), L(14), L(15), L(16));
        var (q, r, s) = (L(17), L(18), L(19));
        var (firstAgain, lastAgain) = (a, s);
        Assert.Equal(190, runner.Run(() => new[] { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s }.Sum(x => x[0])));
        Assert.True(
            runner.Run(() =>
                a[0] + b[0] + c[0] + d[0] + e[0] + f[0] + g[0] + h[0] + i[0] + j[0] + k[0] + l[0] + m[0] + n[0] + o[0] + p[0] + q[0] + r[0]
                    > 0
                && ReferenceEquals(a, firstAgain)
                && ReferenceEquals(s, lastAgain)));

        static List<int> L(int value) => [value];
    }

    [Fact]
    public void Types_listed_with_JsonDerivedType_arrive_unchanged_if_the_base_is_declared()
    {
        var shapes = new List<Shape> { new Circle { Radius = 1 }, new Square { Side = 2 } };
        Assert.Equal("Circle,Square", runner.Run(() => string.Join(",", shapes.Select(s => s.GetType().Name))));
        Assert.Equal(3, ((Square)runner.Run<Shape>(() => new Square { Side = 3 })).Side);
    }

    [Fact]
    public void A_type_with_its_own_converter_uses_that_converter()
    {
        var celsius = new Celsius(20.5);
        Assert.Equal(20.5, runner.Run(() => celsius.Degrees));
        Assert.Equal(20.5, runner.Run(() => celsius).Degrees);
    }

    private void Same<T>(T value) => Assert.Equal(value, Through(value));

    /// <summary>Sends a value there as a captured variable, and back as a result.</summary>
    private T Through<T>(T value) => runner.Run(() => value);
}
