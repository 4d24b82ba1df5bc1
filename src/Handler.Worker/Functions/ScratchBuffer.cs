using System.Buffers;

namespace Handler.Functions;

/// <summary>A buffer for bytes whose length has to be known before they are sent. Each thread keeps a few for the next time.</summary>
internal readonly struct ScratchBuffer : IDisposable
{
    private const int KeptCapacity = 1 << 20, KeptCount = 4;

    [ThreadStatic]
    private static Stack<ArrayBufferWriter<byte>>? kept;

    private ScratchBuffer(ArrayBufferWriter<byte> writer) => Writer = writer;

    public ArrayBufferWriter<byte> Writer { get; }

    public static ScratchBuffer Rent() => new(kept is { Count: > 0 } ? kept.Pop() : new ArrayBufferWriter<byte>(256));

    public void Dispose()
    {
        kept ??= new Stack<ArrayBufferWriter<byte>>(KeptCount);
        if (Writer.Capacity > KeptCapacity || kept.Count >= KeptCount)
            return;
        Writer.ResetWrittenCount();
        kept.Push(Writer);
    }
}
