using System.Buffers;
using System.IO.Pipelines;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// Passes bytes that are already in memory to the JSON serializer in small portions, without copying them, and checks the
/// <see cref="ReadBudget"/> before each portion. The thread that starts reading also finishes it.
/// </summary>
internal sealed class BudgetedPipe(ReadOnlyMemory<byte> bytes, ReadBudget budget) : PipeReader
{
    private int consumed;
    private int shown;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(Read());

    public override bool TryRead(out ReadResult result)
    {
        result = Read();
        return true;
    }

    private ReadResult Read()
    {
        // Bytes that were shown and not consumed are one piece, such as a long string or a set. Reading it takes about as much memory
        // again.
        var pending = shown - consumed;
        budget.Check(pending > SmallPiece ? pending : 0);
        shown += Math.Min(bytes.Length - shown, Math.Max(Portion, pending));
        return new ReadResult(Shown(), isCanceled: false, isCompleted: shown == bytes.Length);
    }

    public override void AdvanceTo(SequencePosition consumed) => this.consumed += (int)Shown().Slice(0, consumed).Length;

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    public override void CancelPendingRead()
    {
        // No read is ever pending.
    }

    public override void Complete(Exception? exception = null)
    {
        // There is nothing to release.
    }

    private ReadOnlySequence<byte> Shown() => new(bytes[consumed..shown]);
}
