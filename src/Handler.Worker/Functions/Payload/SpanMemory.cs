using System.Buffers;

namespace Handler.Functions;

/// <summary>Presents a span as memory, valid as long as the span is.</summary>
internal sealed unsafe class SpanMemory(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
        // The memory never moves.
    }

    protected override void Dispose(bool disposing)
    {
        // The memory belongs to the span's owner.
    }
}
