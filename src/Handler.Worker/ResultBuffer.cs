using System.Buffers;

namespace Handler;

/// <summary>
/// Takes a job's answer while it is written: in pieces, so that it never holds much more than what was written, and never more than an answer may have.
/// </summary>
/// <param name="most">How many bytes an answer may have at most; it takes a few more, for lengths may turn out shorter than what is kept free for them.</param>
/// <param name="growsLarge">Called once for each answer that grows beyond <see cref="Large"/>, before memory is allocated for more.</param>
internal sealed class ResultBuffer(int most, Action? growsLarge = null) : IBufferWriter<byte>
{
    /// <summary>From this size on an answer is large, in bytes. Its pieces are no larger than this unless its writer asks for more at once.</summary>
    public const int Large = 1 << 20;

    private const int Usual = 4096;

    /// <summary>A new piece is this part of what was written before: larger ones would waste more behind the last byte, smaller ones would be more.</summary>
    private const int GrowthParts = 4;

    /// <summary>Writers that do not know how much they need ask for up to three times what they then use: a UTF-16 character may take three bytes.</summary>
    private const int MostPerByte = 3;

    private const int MostLengthBytes = 5;

    private readonly List<(byte[] Bytes, int Count)> full = [];
    private byte[] current = new byte[Usual];
    private int used;
    private long before;
    private bool isLarge;

    /// <summary>How many bytes were written.</summary>
    public long Written => before + used;

    /// <summary>That more was written than it takes. What it holds is of no use then.</summary>
    public bool IsTooLarge { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > current.Length - used)
            throw new InvalidOperationException("More was written than there was room for.");
        used += count;
        if (Written > most + MostLengthBytes)
            throw TooLarge();
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return current.AsMemory(used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return current.AsSpan(used);
    }

    /// <summary>Begins a block whose length comes before it, and is known only when it ends.</summary>
    public Block BeginBlock()
    {
        MakeRoom(MostLengthBytes);
        var block = new Block(full.Count, used, Written + MostLengthBytes);
        Advance(MostLengthBytes);
        return block;
    }

    /// <summary>Ends a block: puts its length before it.</summary>
    public void EndBlock(Block block)
    {
        var length = (int)(Written - block.Start);
        var isCurrent = block.Piece == full.Count;
        var (bytes, count) = isCurrent ? (current, used) : full[block.Piece];
        var at = block.At;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            bytes[at++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
                break;
        }

        // A length takes one to five bytes: what follows in the same piece moves up.
        var from = block.At + MostLengthBytes;
        var spare = from - at;
        bytes.AsSpan(from, count - from).CopyTo(bytes.AsSpan(at));
        if (isCurrent)
        {
            used -= spare;
            return;
        }

        full[block.Piece] = (bytes, count - spare);
        before -= spare;
    }

    /// <summary>Hands on what was written, piece by piece.</summary>
    public PieceEnumerator GetEnumerator() => new(this);

    /// <summary>Copies what was written.</summary>
    public void CopyTo(Span<byte> target)
    {
        foreach (var piece in this)
        {
            piece.CopyTo(target);
            target = target[piece.Length..];
        }
    }

    /// <summary>Forgets what was written. The largest piece that is not large itself is kept for the next answer, which is likely to be of this size.</summary>
    public void Reset()
    {
        if (full.Count > 0 || current.Length > Large)
        {
            var kept = current;
            foreach (var (bytes, _) in full)
            {
                if (kept.Length > Large || (bytes.Length > kept.Length && bytes.Length <= Large))
                    kept = bytes;
            }

            current = kept.Length <= Large ? kept : new byte[Usual];
            full.Clear();
        }

        used = 0;
        before = 0;
        isLarge = false;
        IsTooLarge = false;
    }

    private void MakeRoom(int sizeHint)
    {
        if (sizeHint > current.Length - used || used == current.Length)
            AddPiece(sizeHint);
    }

    private void AddPiece(int sizeHint)
    {
        if (sizeHint > Math.Max(MostPerByte * (most - Written + Usual), Large))
            throw TooLarge();
        var size = (int)Math.Max(sizeHint, Math.Clamp(Written / GrowthParts, Usual, Large));
        if (!isLarge && Written + size > Large)
        {
            isLarge = true;
            growsLarge?.Invoke();
        }

        if (used > 0)
        {
            full.Add((current, used));
            before += used;
            used = 0;
        }

        current = GC.AllocateUninitializedArray<byte>(size);
    }

    private ResultTooLargeException TooLarge()
    {
        IsTooLarge = true;
        return new ResultTooLargeException();
    }

    /// <summary>Where a block begins: the piece, where in it its length goes, and how much was written before its first byte.</summary>
    internal readonly record struct Block(int Piece, int At, long Start);

    /// <summary>The pieces in order.</summary>
    internal struct PieceEnumerator(ResultBuffer buffer)
    {
        private int next;

        public readonly ReadOnlySpan<byte> Current
            => next <= buffer.full.Count ? buffer.full[next - 1].Bytes.AsSpan(0, buffer.full[next - 1].Count) : buffer.current.AsSpan(0, buffer.used);

        public bool MoveNext() => next++ <= buffer.full.Count;
    }
}

/// <summary>An answer is larger than it may be. Code of the job may catch it: <see cref="ResultBuffer.IsTooLarge"/> stays.</summary>
internal sealed class ResultTooLargeException() : Exception("The result is larger than HandlerOptions.MaxPayloadBytes allows.");
