using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Handler.Tests.Functions;

/// <summary>Builds shapes from other shapes.</summary>
internal static class ValueShapes
{
    private static readonly ValueShape[] Simple =
    [
        Of(r => r.Next(2) == 0),
        Of(r => (byte)r.Next()),
        Of(r => (sbyte)r.Next()),
        Of(r => (short)r.Next()),
        Of(r => (ushort)r.Next()),
        Of(r => r.Next() - r.Next()),
        Of(r => (uint)r.NextInt64()),
        Of(r => r.NextInt64() - r.NextInt64()),
        Of(r => (ulong)r.NextInt64() * 2),
        Of(AnyDouble, (a, b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b)),
        Of(r => (float)AnyDouble(r)),
        Of(r => (Half)AnyDouble(r)),
        Of(AnyDecimal, (a, b) => decimal.GetBits(a).SequenceEqual(decimal.GetBits(b))),
        Of(r => (char)r.Next(0x10000)),
        Of(AnyText),
        Of(r => r.Next(4) == 0 ? null : AnyText(r)),
        Of(r => new Guid(Bytes(r, 16))),
        Of(AnyDate, (a, b) => a == b && a.Kind == b.Kind),
        Of(
            r => new DateTimeOffset(
                r.NextInt64(TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay),
                TimeSpan.FromMinutes(r.Next(-840, 841))),
            (a, b) => a.EqualsExact(b)),
        Of(r => new TimeSpan(r.NextInt64() - r.NextInt64())),
        Of(r => DateOnly.FromDayNumber(r.Next(DateOnly.MaxValue.DayNumber + 1))),
        Of(r => new TimeOnly(r.NextInt64(TimeSpan.TicksPerDay))),
        Of(r => (Int128)r.NextInt64() * r.NextInt64()),
        Of(r => (UInt128)r.NextInt64() * (UInt128)r.NextInt64()),
        Of(r => (DayOfWeek)r.Next(-2, 9)),
        Of(r => (FileAttributes)r.Next()),
        Of(r => (ByteEnum)r.Next(256)),
        Of(r => new BigInteger(Bytes(r, r.Next(40)))),
        Of(r => new Complex(AnyDouble(r), AnyDouble(r)), (a, b) => a.Real.Equals(b.Real) && a.Imaginary.Equals(b.Imaginary)),
        Of(r => new Version(r.Next(9), r.Next(9), r.Next(9))),
        Of(r => new Uri($"http://h{r.Next(9)}/{r.Next()}?ä")),
        Of(r => new Uri($"/{r.Next()}", UriKind.Relative)),
        Of(r => new IPAddress(Bytes(r, r.Next(2) == 0 ? 4 : 16))),
        Of(r => new IPEndPoint(new IPAddress(Bytes(r, 16)), r.Next(65536))),
        Of(r => new Index(r.Next(), r.Next(2) == 0)),
        Of(r => r.Next()..^r.Next()),
        Of(r => new Rune(r.Next(0xD800))),
        Of(r => Pick(r, TimeZoneInfo.Utc, TimeZoneInfo.Local)),
        Of(_ => CultureInfo.InvariantCulture),
        Of(r => Pick(r, StringComparer.Ordinal, StringComparer.OrdinalIgnoreCase, StringComparer.InvariantCulture)),
        Of(r => Pick<Encoding>(r, new UTF8Encoding(false), new UTF8Encoding(true, true), Encoding.Unicode, Encoding.Latin1)),
        Of(
            r => new Regex(
                Pick(r, "a+", "(?<x>b)", "[^c]"),
                Pick(r, RegexOptions.None, RegexOptions.IgnoreCase, RegexOptions.NonBacktracking)),
            (a, b) => (a.ToString(), a.Options, a.MatchTimeout) == (b.ToString(), b.Options, b.MatchTimeout)),
        Of(r => new StringBuilder(AnyText(r)), (a, b) => a.Equals(b)),
        Of(r => new BitArray(Bytes(r, r.Next(5))), (a, b) => a.Cast<bool>().SequenceEqual(b.Cast<bool>())),
        Of(r => new PositionalStruct(r.Next(), r.Next())),
        Of(r => new Positional(AnyText(r), r.Next())),
        Of(AnyPlain, PlainEqual),
        Of(r => r.Next(2) == 0 ? new StateLossTests.Leaf(r.Next()) : new StateLossTests.Root()),
        Of<StateLossTests.AbstractRoot>(r => r.Next(2) == 0 ? new StateLossTests.Leaf(r.Next()) : new StateLossTests.Root()),
    ];

    /// <summary>A random shape, nested to a random depth.</summary>
    public static ValueShape Any(Random random, int depth)
        => depth == 0 || random.Next(4) == 0
            ? Simple[random.Next(Simple.Length)]
            : Grown(Any(random, depth - 1), Any(random, depth - 1), random);

    private static ValueShape Grown(ValueShape first, ValueShape second, Random random)
    {
        // The types are known only now, so the generic method is made by reflection.
        var method = typeof(ValueShapes)
            .GetMethod(nameof(Grow), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(first.Type, second.Type);
        return (ValueShape)method.Invoke(null, [first, second, random])!;
    }

    private static ValueShape Grow<T, TOther>(ValueShape<T> item, ValueShape<TOther> other, Random random)
    {
        Func<T, T, bool> same = Nullable(item.AreEqual);
        bool Ordered(IEnumerable<T> a, IEnumerable<T> b) => a.Count() == b.Count() && a.Zip(b).All(pair => same(pair.First, pair.Second));
        bool Unordered(IEnumerable<T> a, IEnumerable<T> b)
            => a.Count() == b.Count() && a.All(x => b.Any(y => same(x, y))) && b.All(y => a.Any(x => same(x, y)));
        bool Boxes(ValueBox<T, TOther> a, ValueBox<T, TOther> b) => same(a.Value, b.Value) && Nullable(other.AreEqual)(a.Other!, b.Other!);
        List<T> Items(Random r) => [.. Enumerable.Range(0, r.Next(4)).Select(_ => item.Make(r))];
        List<T> Different(Random r)
            => Items(r)
                .Aggregate(new List<T>(), (kept, next) =>
                {
                    if (!kept.Any(x => same(x, next)))
                        kept.Add(next);
                    return kept;
                });
        T[] NotNull(Random r) => [.. Different(r).Where(x => x is not null)];
        return random.Next(20) switch
        {
            0 => new ValueShape<T[]>(r => [.. Items(r)], Ordered),
            1 => new ValueShape<List<T>>(Items, Ordered),
            2 => new ValueShape<HashSet<T>>(r => [.. Different(r)], Unordered),
            3 => new ValueShape<Queue<T>>(r => new(Items(r)), Ordered),
            4 => new ValueShape<Stack<T>>(r => new(Items(r)), Ordered),
            5 => new ValueShape<ImmutableArray<T>>(r => [.. Items(r)], (a, b) => Ordered(a, b)),
            6 => new ValueShape<ImmutableList<T>>(r => [.. Items(r)], Ordered),
            7 => new ValueShape<ReadOnlyCollection<T>>(r => new(Items(r)), Ordered),
            8 => new ValueShape<FrozenSet<T>>(r => NotNull(r).ToFrozenSet(), Unordered),
            9 => new ValueShape<IEnumerable<T>>(r => r.Next(2) == 0 ? Items(r) : Lazily(Items(r)), Ordered),
            10 => new ValueShape<IReadOnlyList<T>>(r => [.. Items(r)], Ordered),
            11 => new ValueShape<ConcurrentBag<T>>(r => [.. Items(r)], Ordered),
            12 => new ValueShape<T[,]>(
                r => Matrix(r, item.Make),
                (a, b) => a.GetLength(0) == b.GetLength(0) && Ordered(a.Cast<T>(), b.Cast<T>())),
            13 => new ValueShape<(T, TOther)>(
                r => (item.Make(r), other.Make(r)),
                (a, b) => same(a.Item1, b.Item1) && Nullable(other.AreEqual)(a.Item2, b.Item2)),
            14 => new ValueShape<KeyValuePair<T, TOther>>(
                r => new(item.Make(r), other.Make(r)),
                (a, b) => same(a.Key, b.Key) && Nullable(other.AreEqual)(a.Value, b.Value)),
            15 => new ValueShape<ValueBox<T, TOther>>(r => new(item.Make(r)) { Other = other.Make(r) }, Boxes),
            16 => new ValueShape<ValueBox<T, TOther>?>(
                r => r.Next(2) == 0 ? null : new(item.Make(r)) { Other = other.Make(r) },
                Nullable<ValueBox<T, TOther>?>((a, b) => Boxes(a!, b!))),
            17 => new ValueShape<Tuple<T, TOther>>(
                r => Tuple.Create(item.Make(r), other.Make(r)),
                (a, b) => same(a.Item1, b.Item1) && Nullable(other.AreEqual)(a.Item2, b.Item2)),
            18 => new ValueShape<GetOnlyBox<T>>(r => new(Items(r)), (a, b) => Ordered(a.Items, b.Items)),
            _ => new ValueShape<Dictionary<string, T>>(
                r =>
                    Items(r)
                        .Select((x, i) => (x, i))
                        .ToDictionary(pair => Key(r, pair.i), pair => pair.x, Pick(r, null, StringComparer.OrdinalIgnoreCase)),
                (a, b)
                    => a.Comparer.Equals(b.Comparer)
                    && a.Count == b.Count
                    && a.All(pair => b.TryGetValue(pair.Key, out var value) && same(pair.Value, value))),
        };
    }

    private static ValueShape<T> Of<T>(Func<Random, T> make) => new(make, EqualityComparer<T>.Default.Equals);

    private static ValueShape<T> Of<T>(Func<Random, T> make, Func<T, T, bool> areEqual) => new(make, areEqual);

    private static Func<T, T, bool> Nullable<T>(Func<T, T, bool> areEqual)
        => (a, b) => a is null || b is null ? a is null && b is null : areEqual(a, b);

    private static IEnumerable<T> Lazily<T>(List<T> items) => items.Select(x => x);

    private static T[,] Matrix<T>(Random random, Func<Random, T> make)
    {
        var matrix = new T[random.Next(3), 2];
        for (var i = 0; i < matrix.Length; i++)
            matrix[i / 2, i % 2] = make(random);
        return matrix;
    }

    private static object? AnyPlain(Random random) => random.Next(9) switch
    {
        0 => null,
        1 => AnyText(random),
        2 => random.Next(),
        3 => AnyDouble(random),
        4 => AnyDecimal(random),
        5 => AnyDate(random),
        6 => Bytes(random, 3),
        7 => new List<object?> { AnyPlain(random), AnyPlain(random) },
        _ => new Dictionary<string, object?> { ["a"] = AnyPlain(random), ["b"] = AnyPlain(random) },
    };

    private static bool PlainEqual(object? a, object? b)
        => (a, b) switch
        {
            (null, null) => true,
            (null, _) or (_, null) => false,
            (Dictionary<string, object?> x, Dictionary<string, object?> y) => x.Count == y.Count
                && x.All(pair => PlainEqual(pair.Value, y[pair.Key])),
            (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(pair => PlainEqual(pair.First, pair.Second)),
            (byte[] x, byte[] y) => x.SequenceEqual(y),
            _ => a.GetType() == b.GetType() && a.Equals(b),
        };

    private static double AnyDouble(Random random) => random.Next(8) switch
    {
        0 => double.NaN,
        1 => double.PositiveInfinity,
        2 => -0.0,
        3 => double.Epsilon,
        4 => random.Next(),
        _ => random.NextDouble() * Math.Pow(10, random.Next(-300, 300)),
    };

    private static decimal AnyDecimal(Random random)
        => new(random.Next(), random.Next(), random.Next(), random.Next(2) == 0, (byte)random.Next(29));

    private static DateTime AnyDate(Random random)
        => new(Pick(random, 0, DateTime.MaxValue.Ticks, random.NextInt64(DateTime.MaxValue.Ticks)), (DateTimeKind)random.Next(3));

    private static string AnyText(Random random)
        => new([
            .. Enumerable
                .Range(0, random.Next(6))
                .Select(_ => random.Next(4) == 0 ? (char)random.Next(0xD700, 0xE100) : (char)random.Next(300)),
        ]);

    private static string Key(Random random, int i) => $"{i}{Pick(random, "ä", "$type", "\0", "😀", "")}";

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
