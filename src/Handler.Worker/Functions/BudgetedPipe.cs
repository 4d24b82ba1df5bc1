using System.Buffers;
using System.IO.Pipelines;

namespace Handler.Functions;

/// <summary>
/// Gives the JSON serializer bytes that are all there in small portions, without copying them, and looks at the <see cref="ReadBudget"/> before each. It is read to its end
/// on the thread that begins to.
/// </summary>
internal sealed class BudgetedPipe(ReadOnlyMemory<byte> bytes, ReadBudget budget) : PipeReader
{
    private const int Portion = 8 << 10;

    private int consumed;
    private int shown;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        // What was shown and not consumed is one piece, such as a long string or a set, which takes about as much again once it is read.
        var pending = shown - consumed;
        budget.Check(pending > ReadBudget.SmallPiece ? pending : 0);
        shown += Math.Min(bytes.Length - shown, Math.Max(Portion, pending));
        return new ValueTask<ReadResult>(new ReadResult(Shown(), isCanceled: false, isCompleted: shown == bytes.Length));
    }

    public override bool TryRead(out ReadResult result)
    {
        result = ReadAsync().Result;
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => this.consumed += (int)Shown().Slice(0, consumed).Length;

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    public override void CancelPendingRead()
    {
        // Nothing is ever pending.
    }

    public override void Complete(Exception? exception = null)
    {
        // There is nothing to be freed.
    }

    private ReadOnlySequence<byte> Shown() => new(bytes[consumed..shown]);
}

/// <summary>A span as memory, for as long as the span is there.</summary>
internal sealed unsafe class SpanMemory(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
        // It never moves.
    }

    protected override void Dispose(bool disposing)
    {
        // It belongs to the span's owner.
    }
}
