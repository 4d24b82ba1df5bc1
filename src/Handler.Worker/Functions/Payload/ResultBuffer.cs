using System.Buffers;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// Holds a job's result while it is written. It consists of pieces, so it never takes much more memory than was written, and never more
/// than a result may have.
/// </summary>
/// <param name="most">The maximum size of a result, in bytes. The buffer accepts a few bytes more, because a length may turn out shorter
/// than the space reserved for it.</param>
/// <param name="growsLarge">Called once for each result that grows beyond <see cref="LargeResult"/>, before more memory is
/// allocated.</param>
internal sealed class ResultBuffer(int most, Action? growsLarge = null) : IBufferWriter<byte>
{
    /// <summary>
    /// Writers that do not know their need ask for up to three times the bytes that they use, because a UTF-16 character may take three
    /// bytes.
    /// </summary>
    private const int MostPerByte = 3;

    private const int MostLengthBytes = 5;

    private readonly List<(byte[] Bytes, int Count)> full = [];
    private byte[] current = new byte[FirstPiece];
    private int used;
    private long before;
    private bool isLarge;

    /// <summary>The number of bytes written.</summary>
    public long Written => before + used;

    /// <summary>Whether more was written than the buffer accepts. Its contents are unusable then.</summary>
    public bool IsTooLarge { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > current.Length - used)
            throw new InvalidOperationException("More was written than the buffer had room for.");
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

    /// <summary>Begins a block. Its length precedes it and is known only when the block ends.</summary>
    public Block BeginBlock()
    {
        MakeRoom(MostLengthBytes);
        var block = new Block(full.Count, used, Written + MostLengthBytes);
        Advance(MostLengthBytes);
        return block;
    }

    /// <summary>Ends a block: writes its length in front of it.</summary>
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

        // A length takes one to five bytes. The bytes that follow in the same piece move up.
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

    /// <summary>Enumerates the pieces that were written.</summary>
    public PieceEnumerator GetEnumerator() => new(this);

    /// <summary>Copies the bytes that were written.</summary>
    public void CopyTo(Span<byte> target)
    {
        foreach (var piece in this)
        {
            piece.CopyTo(target);
            target = target[piece.Length..];
        }
    }

    /// <summary>
    /// Discards the contents. The largest piece that is not large itself is kept for the next result, which is likely to have a similar
    /// size.
    /// </summary>
    public void Reset()
    {
        if (full.Count > 0 || current.Length > LargeResult)
        {
            var kept = current;
            foreach (var (bytes, _) in full)
            {
                if (kept.Length > LargeResult || (bytes.Length > kept.Length && bytes.Length <= LargeResult))
                    kept = bytes;
            }

            current = kept.Length <= LargeResult ? kept : new byte[FirstPiece];
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
        if (sizeHint > Math.Max(MostPerByte * (most - Written + FirstPiece), LargeResult))
            throw TooLarge();
        var size = (int)Math.Max(sizeHint, Math.Clamp(Written / GrowthParts, FirstPiece, LargeResult));
        if (!isLarge && Written + size > LargeResult)
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

    /// <summary>
    /// Where a block begins: the piece, the position of its length in that piece, and the number of bytes written before its first byte.
    /// </summary>
    internal readonly record struct Block(int Piece, int At, long Start);

    /// <summary>The pieces in order.</summary>
    internal struct PieceEnumerator(ResultBuffer buffer)
    {
        private int next;

        public readonly ReadOnlySpan<byte> Current
            => next <= buffer.full.Count
                ? buffer.full[next - 1].Bytes.AsSpan(0, buffer.full[next - 1].Count)
                : buffer.current.AsSpan(0, buffer.used);

        public bool MoveNext() => next++ <= buffer.full.Count;
    }
}
