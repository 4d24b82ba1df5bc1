using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Handler.Functions;

namespace Handler.Fuzz;

/// <summary>Results, as a caller reads them. The first byte selects the type.</summary>
internal sealed class ResultTarget : IFuzzTarget
{
    private const int MaxBytes = 64 << 20;

    private static readonly JobLimits Limits = new() { MaxHeapBytes = 1 << 20, Timeout = TimeSpan.FromMilliseconds(500) };

    private static readonly TypeGate Gate = new([typeof(ResultTarget).Assembly.GetName().Name!]);

    private readonly FunctionEncoder encoder = new(new HandlerOptions());
    private readonly ValueCodecs codecs = new(static () => new JsonJobSerializer(Gate, MaxBytes, isHosts: true), Gate);
    private readonly List<Action<byte[]>> readers = [];
    private readonly List<byte[]> seeds = [];

    public ResultTarget()
    {
        Add(1, -1);
        Add<int?>(1, null);
        Add(true);
        Add(1.5, double.NaN);
        Add(1.5m);
        Add('x');
        Add("text", "ä", "\ud800", null);
        Add(Guid.Empty);
        Add(DateTime.UnixEpoch);
        Add(DateTimeOffset.UnixEpoch);
        Add(TimeSpan.FromDays(1));
        Add(DateOnly.MaxValue);
        Add(TimeOnly.MaxValue);
        Add<byte[]>([1, 2, 3], null!);
        Add<ReadOnlyMemory<byte>>(new byte[] { 1 });
        Add(DayOfWeek.Friday);
        Add<Type>(typeof(List<int>), typeof(Dictionary<string, int[]>), typeof(ResultTarget), typeof(int[,]));
        Add<object>(1, "x", null!);
        Add(default(NoValue));
        Add<int[]>([1, 2]);
        Add<List<string>>(["a", "b"]);
        Add(new Dictionary<string, int> { ["a"] = 1 });
        Add(new Dictionary<long, List<int>> { [1] = [1] });
        Add<HashSet<long>>([1, 2]);
        Add<SortedSet<string>>(["a", "b"]);
        Add(ImmutableHashSet.Create(1L, 2L));
        Add(ImmutableDictionary.Create<int, string>().Add(1, "a"));
        Add(ImmutableSortedDictionary.Create<string, int>().Add("a", 1));
        Add(ImmutableArray.Create(1, 2));
        Add(ImmutableList.Create("a"));
        Add(new LinkedList<int>([1, 2]));
        Add(new ConcurrentDictionary<Guid, int>([new(Guid.Empty, 1)]));
        Add<ObservableCollection<int>>([1]);
        Add(BigInteger.One, BigInteger.Pow(2, 5_000));
        Add<Half>((Half)1.5);
        Add<List<Int128>>([1, Int128.MaxValue]);
        Add<List<Version>>([new Version(1, 2, 3, 4)]);
        Add<List<Uri>>([new Uri("http://localhost/a?b#c"), new Uri("x", UriKind.Relative)]);
        Add<List<decimal>>([1.5m]);
        Add<List<double>>([1.5, double.NaN]);
        Add<List<char>>(['a']);
        Add<List<DateTimeOffset>>([DateTimeOffset.UnixEpoch]);
        Add<List<TimeSpan>>([TimeSpan.FromDays(1)]);
        Add<(int, string)[]>([(1, "a")]);
        Add<Tuple<int, List<int>>>(Tuple.Create(1, new List<int> { 1 }));
        Add(new KeyValuePair<string, double>("a", 0.5));
        Add(JsonDocument.Parse("""{"a":[1,"b",null]}""").RootElement);
        Add<JsonObject>(new JsonObject { ["a"] = 1 });
        Add(new Node { Name = "a", Children = [new Node()] });
        Add<Shape[]>([new Circle { Radius = 1 }, new Square { Side = 2 }]);
        Add(new Point(1, 2), default(Point));
        Add<int[][]>([[1], []]);
        Add<IReadOnlyDictionary<string, Point>>(new Dictionary<string, Point> { ["a"] = new(1, 2) });
    }

    public string Name => "results";

    public IEnumerable<byte[]> Seeds() => seeds;

    public void Read(byte[] input)
    {
        if (input.Length == 0)
            return;
        try
        {
            readers[input[0] % readers.Count](input[1..]);
        }
        catch (FormatException)
        {
            // Refused.
        }
    }

    private void Add<T>(params T[] values)
    {
        foreach (var value in values)
        {
            var writer = new ArrayBufferWriter<byte>();
            writer.WriteByte((byte)readers.Count);
            new ResultCodec<T>(codecs).Write(writer, value);
            seeds.Add(writer.WrittenSpan.ToArray());
        }

        // Read the bytes twice, because small results are read without a budget.
        readers.Add(bytes =>
        {
            using (ReadBudget.Begin(Limits.MaxHeapBytes, Limits.Timeout))
                ReadAs<T>(bytes);
            encoder.ReadResult<T>(bytes, Limits, TimeSpan.Zero);
        });
    }

    private void ReadAs<T>(byte[] bytes)
    {
        try
        {
            encoder.ReadResult<T>(bytes);
        }
        catch (FormatException exception) when (Encoding.UTF8.GetByteCount(exception.Message) > 16 << 10)
        {
            throw new InvalidOperationException($"A message of {exception.Message.Length} characters.", exception);
        }
        catch (FormatException)
        {
            // Refused.
        }
    }
}
