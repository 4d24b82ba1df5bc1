using System.Text.Json.Serialization;

namespace Handler.Tests.Functions;

/// <summary>
/// Generic types that refer to ever longer types are refused immediately. The JSON serializer would follow them until the host's stack or
/// memory is exhausted.
/// </summary>
public sealed class EndlessTypeTests
{
    private const int SmallStack = 192 << 10;

    private readonly LoopbackRunner runner = new();

    [Fact]
    public void A_captured_value_whose_type_refers_to_endlessly_many_types_is_refused()
    {
        var array = new OfArray<int>();
        Refused(() => array.Number, "OfArray<T>");
        var itself = new OfItself<int>();
        Refused(() => itself.Number, "OfItself<T>");
        var pair = new OfPair<int>();
        Refused(() => pair.Number, "OfPair<T>");
        var list = new InList<int>();
        Refused(() => list.Number, "InList<T>");
        var set = new InSet<int>();
        Refused(() => set.Number, "InSet<T>");
        var keys = new InDictionary<int>();
        Refused(() => keys.Number, "InDictionary<T>");
        var nullable = new InNullable<int>();
        Refused(() => nullable.Number, "InNullable<T>");
        var doubled = new Doubled<int>(1, null);
        Refused(() => doubled.Head, "Doubled<T>");
        var first = new First<int>();
        Refused(() => first.Number, "<T>");
        var branching = new Branching<int>();
        Refused(() => branching.Number, "Branching<T>");
    }

    [Fact]
    public void A_result_whose_type_refers_to_endlessly_many_types_is_refused()
    {
        Refused(static () => new OfArray<int>(), "OfArray<T>");
        Refused(static () => new Doubled<int>(1, null), "Doubled<T>");
        Refused(static () => new List<InList<string>>(), "InList<T>");
        Refused(static () => new Holds(), "OfItself<T>");
        Refused(static () => new WithConverter<int>(), "WithConverter<T>");
    }

    [Fact]
    public void Data_that_contains_an_endless_type_is_refused()
    {
        var holds = new Holds();
        Refused(() => holds.Number, "OfItself<T>");
        (int, InSet<int>) tuple = (1, new());
        Refused(() => tuple.Item1, "InSet<T>");
        Base derived = new Derived();
        Refused(() => derived.Number, "OfArray<T>");
    }

    [Fact]
    public async Task An_argument_whose_type_refers_to_endlessly_many_types_is_refused()
    {
        var registering = new LoopbackRunner(static options => options.AddFunction("endless", (Func<OfArray<byte>, int>)Number));
        var error = await Assert.ThrowsAsync<FunctionNotPortableException>(async ()
            => await registering.RunRegisteredAsync<OfArray<byte>, int>("endless", new OfArray<byte>()));
        Assert.Contains("without end", error.Message);
    }

    [Fact]
    public void Types_that_refer_to_very_many_others_are_refused()
    {
        var rotating = new Rotating<int, byte, long, short, uint, ulong, ushort>();
        Refused(() => rotating.Number, "Rotating<", "refers to more than");
    }

    [Fact]
    public void The_remedies_that_the_message_names_work()
    {
        var same = new OfSame<int> { Number = 1, Next = new() { Number = 2 } };
        Assert.Equal(2, runner.Run(() => same.Next!.Number));
        var ignored = new Ignored<int> { Number = 3 };
        Assert.Equal(3, runner.Run(() => ignored.Number));
        Assert.Equal(3, runner.Run(() => new Ignored<int> { Number = 3 }).Number);
    }

    [Fact]
    public void Generic_types_that_refer_to_each_other_or_are_nested_can_be_sent()
    {
        var list = new List<List<List<List<List<List<List<List<int>>>>>>>> { new() { new() } };
        Assert.Single(runner.Run(() => list)[0]);
        var swapping = new Swapping<int, string> { First = 1, Other = new() { First = "a" } };
        Assert.Equal("a", runner.Run(() => swapping).Other!.First);
        var long1 = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
        Assert.Equal(long1, runner.Run(() => long1));
    }

    /// <summary>
    /// Runs on a thread with a small stack. An exception that the serializer passes on from member to member would need a larger one.
    /// </summary>
    private void Refused<T>(Func<T> function, string name, string reason = "without end")
    {
        FunctionNotPortableException? error = null;
        var thread = new Thread(() => error = runner.Refused(function), SmallStack) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "The call was not refused within 30 seconds.");
        Assert.Contains(reason, error!.Message);
        Assert.Contains(name, error.Message);
        Assert.True(error.Message.Length < 2000, error.Message);
    }

    private static int Number(OfArray<byte> value) => value.Number;

    public sealed class OfArray<T>
    {
        public int Number { get; set; }

        public OfArray<T[]>? Next { get; set; }
    }

    public sealed class OfItself<T>
    {
        public int Number { get; set; }

        public OfItself<OfItself<T>>? Next { get; set; }
    }

    public sealed class OfPair<T>
    {
        public int Number { get; set; }

        public OfPair<KeyValuePair<T, int>>? Next { get; set; }
    }

    public struct InList<T>
    {
        public int Number { get; set; }

        public List<InList<T[]>>? Next { get; set; }
    }

    public sealed class InSet<T>
    {
        public int Number { get; set; }

        public HashSet<InSet<List<T>>>? Next { get; set; }
    }

    public sealed class InDictionary<T>
    {
        public int Number { get; set; }

        public Dictionary<string, InDictionary<T[,]>>? Next { get; set; }
    }

    public struct InNullable<T>
    {
        public int Number { get; set; }

        public List<InNullable<(T, int)>?>? Next { get; set; }
    }

    public sealed record Doubled<T>(T Head, Doubled<(T, T)>? Tail);

    public sealed class First<T>
    {
        public int Number { get; set; }

        public Second<T[]>? Next { get; set; }
    }

    public sealed class Second<T>
    {
        public First<T>? Next { get; set; }
    }

    public sealed class Branching<T>
    {
        public int Number { get; set; }

        public Branching<T[]>? One { get; set; }

        public Branching<List<T>>? Two { get; set; }

        public Branching<HashSet<T>>? Three { get; set; }
    }

    public sealed class WithConverter<T>
    {
        public int Number { get; set; }

        [JsonConverter(typeof(NullConverter))]
        public WithConverter<T[]>? Next { get; set; }
    }

    public sealed class NullConverter : JsonConverter<object>
    {
        public override bool CanConvert(Type typeToConvert) => true;

        public override object? Read(
            ref System.Text.Json.Utf8JsonReader reader,
            Type typeToConvert,
            System.Text.Json.JsonSerializerOptions options)
            => null;

        public override void Write(System.Text.Json.Utf8JsonWriter writer, object value, System.Text.Json.JsonSerializerOptions options)
            => writer.WriteNullValue();
    }

    public sealed class Rotating<A, B, C, D, E, F, G>
    {
        public int Number { get; set; }

        public Rotating<B, A, C, D, E, F, G>? Swapped { get; set; }

        public Rotating<B, C, D, E, F, G, A>? Rotated { get; set; }
    }

    public sealed class Holds
    {
        public int Number { get; set; }

        public OfItself<string>? Held { get; set; }
    }

    public class Base
    {
        public int Number { get; set; }
    }

    public sealed class Derived : Base
    {
        public OfArray<long>? Held { get; set; }
    }

    public sealed class OfSame<T>
    {
        public int Number { get; set; }

        public OfSame<T>? Next { get; set; }
    }

    public sealed class Ignored<T>
    {
        public int Number { get; set; }

        [JsonIgnore]
        [field: NonSerialized]
        public Ignored<T[]>? Next { get; set; }
    }

    public sealed class Swapping<T, TOther>
    {
        public T? First { get; set; }

        public Swapping<TOther, T>? Other { get; set; }
    }
}
