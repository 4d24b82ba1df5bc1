namespace Handler.Fuzz;

/// <summary>Changes inputs at random.</summary>
internal sealed class Mutator(Random random)
{
    private const int MostBytes = 16 << 10;

    private static readonly byte[][] Words =
    [
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0x7F],
        [0, 0, 0, 0x80],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0x80, 0x80, 0x01],
        [0, 0xA1, 0x1A, 0x5F],
        [1, 0, 0, 0x0A],
        [1, 0, 0, 0x2B],
        [1, 0, 0, 0x06],
        [.. "null"u8],
        [.. "{}"u8],
        [.. "[]"u8],
        [.. ",{}"u8],
        [.. "[[[["u8],
        [.. "\"$type\":"u8],
        [.. "\\ud800"u8],
        [.. "1e308"u8],
        [.. "-1"u8],
        [.. "\":"u8],
        [1, 40],
        [1, 41],
        [2, 0],
        [2, 32],
    ];

    public byte[] Change(IReadOnlyList<byte[]> corpus)
    {
        var bytes = Choose(corpus).ToList();
        for (var left = 1 << random.Next(5); left > 0; left--)
            ChangeOnce(bytes, corpus);
        if (bytes.Count > MostBytes)
            bytes.RemoveRange(MostBytes, bytes.Count - MostBytes);
        return [.. bytes];
    }

    // Half of the choices are from the newest half of the corpus, which has been tried less; the others are from all of it.
    private byte[] Choose(IReadOnlyList<byte[]> corpus)
        => corpus[random.Next(2) == 0 ? random.Next(corpus.Count / 2, corpus.Count) : random.Next(corpus.Count)];

    private void ChangeOnce(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        if (bytes.Count == 0)
            bytes.Add((byte)random.Next(256));
        var at = random.Next(bytes.Count);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 3:
                bytes.RemoveRange(at, Math.Min(1 + random.Next(1 << random.Next(8)), bytes.Count - at));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(1 + random.Next(1 << random.Next(7)), bytes.Count - at)));
                break;
            case 5:
                bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
            case 6:
                Put(bytes, at, Words[random.Next(Words.Length)]);
                break;
            case 7:
                var other = Choose(corpus);
                var from = random.Next(other.Length + 1);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(from));
                break;
            default:
                var part = Choose(corpus);
                var start = random.Next(part.Length + 1);
                bytes.InsertRange(at, part.AsSpan(start, Math.Min(random.Next(64), part.Length - start)).ToArray());
                break;
        }
    }

    private static void Put(List<byte> bytes, int at, byte[] word)
    {
        for (var i = 0; i < word.Length && at + i < bytes.Count; i++)
            bytes[at + i] = word[i];
    }
}
