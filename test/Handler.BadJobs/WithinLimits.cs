using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Handler.BadJobs;

/// <summary>
/// Functions that look like memory hogs but are not: the memory they hold at any time stays below the given limit, in bytes (at least
/// 1 MiB), however much garbage they create. Killing one of them is an error. Each returns a number that is
/// correct only if it ran to its end.
/// </summary>
public static class WithinLimits
{
    private const int ArrayOverhead = 24;

    private static object? sink;

    /// <summary>Creates 2 GB of garbage in arrays of 100 B and returns the number of arrays.</summary>
    public static int SmallGarbage(long limitBytes) => Garbage(20_000_000, (int)Math.Min(limitBytes / 100, 100));

    /// <summary>Creates 2 GB of garbage in arrays of 10 kB and returns the number of arrays.</summary>
    public static int MediumGarbage(long limitBytes) => Garbage(200_000, (int)Math.Min(limitBytes / 100, 10_000));

    /// <summary>
    /// Creates 2 GB of garbage on the large object heap, in arrays of at most a quarter of the limit, and returns the number of arrays.
    /// </summary>
    public static int LargeGarbage(long limitBytes) => Garbage(2000, (int)Math.Min(limitBytes / 4, 1 << 20));

    /// <summary>Keeps the last 64 arrays of mixed sizes and returns how many it created.</summary>
    public static int MixedRing(long limitBytes)
    {
        const int Count = 200_000;
        var random = new Random(1);
        var ring = new byte[64][];
        for (var i = 0; i < Count; i++)
            ring[i % ring.Length] = new byte[random.Next(100, (int)Math.Min(limitBytes / 128, 20_000))];
        GC.KeepAlive(ring);
        return Count;
    }

    /// <summary>Holds 50 % of the limit, creates additional garbage, and returns how many arrays it held.</summary>
    public static int HoldHalf(long limitBytes) => HoldAndChurn(limitBytes * 50 / 100);

    /// <summary>Holds 90 % of the limit, creates additional garbage, and returns how many arrays it held.</summary>
    public static int Hold90Percent(long limitBytes) => HoldAndChurn(limitBytes * 90 / 100);

    /// <summary>Holds 97 % of the limit, creates additional garbage, and returns how many arrays it held.</summary>
    public static int Hold97Percent(long limitBytes) => HoldAndChurn(limitBytes * 97 / 100);

    /// <summary>Climbs to 90 % of the limit and releases everything, twenty times, and returns how many times it did.</summary>
    public static int Sawtooth(long limitBytes)
    {
        const int Teeth = 20;
        for (var tooth = 0; tooth < Teeth; tooth++)
            Climb(limitBytes * 90 / 100, _ => 2000);
        return Teeth;
    }

    /// <summary>
    /// Climbs to 90 % of the limit in arrays of all sizes and releases everything, twenty times, and returns how many times it did.
    /// </summary>
    public static int MixedSawtooth(long limitBytes)
    {
        const int Teeth = 20;
        var random = new Random(7);
        var largest = (int)Math.Min(200_000, limitBytes / 8);
        for (var tooth = 0; tooth < Teeth; tooth++)
            Climb(limitBytes * 90 / 100, left => random.Next(20, (int)Math.Clamp(left, 21, largest)));
        return Teeth;
    }

    /// <summary>Builds 200 strings, each of about an eighth of the limit, and returns how many there were.</summary>
    public static int Strings(long limitBytes)
    {
        const int Count = 200;
        var random = new Random(3);
        for (var i = 0; i < Count; i++)
        {
            var text = new StringBuilder();
            while (text.Length < limitBytes / 16)
                text.Append(random.Next());
            sink = text.ToString();
        }

        sink = null;
        return Count;
    }

    /// <summary>Writes and parses JSON 200 times and returns how many elements it saw.</summary>
    public static int Json(long limitBytes)
    {
        var length = (int)Math.Min(limitBytes / 2000, 2000);
        var seen = 0;
        for (var i = 0; i < 200; i++)
        {
            var json = JsonSerializer.Serialize(Enumerable.Range(0, length).Select(id => new { id, name = $"n{id}" }));
            using var parsed = JsonDocument.Parse(json);
            seen += parsed.RootElement.GetArrayLength();
        }

        return seen;
    }

    private static int Garbage(int count, int bytes)
    {
        for (var i = 0; i < count; i++)
            sink = new byte[bytes];
        sink = null;
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int HoldAndChurn(long bytes)
    {
        var held = Hold(bytes, _ => 200);
        _ = Garbage(2_000_000, 100);
        GC.KeepAlive(held);
        return held.Count;
    }

    /// <summary>
    /// Holds arrays and releases them. Not inlined, because the arrays would stay alive in a caller that is not optimized.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Climb(long bytes, Func<long, int> nextLength) => GC.KeepAlive(Hold(bytes, nextLength));

    /// <summary>Creates arrays that take this many bytes including their list, and never takes more in between.</summary>
    private static List<byte[]> Hold(long bytes, Func<long, int> nextLength)
    {
        var held = new List<byte[]>((int)(bytes / 200)); // Growing would double the list, and hold the old and the new array for a moment.
        var left = bytes - (8L * held.Capacity);
        while (left > 2 * ArrayOverhead && held.Count < held.Capacity)
        {
            var length = (int)Math.Min(nextLength(left), left - ArrayOverhead);
            held.Add(new byte[length]);
            left -= ((length + 7L) & ~7L) + ArrayOverhead;
        }

        return held;
    }
}
