using System.Buffers;

namespace Handler.Functions;

/// <summary>
/// A buffer for bytes whose length must be known before they are sent. Each thread keeps a few buffers for reuse, but no large ones.
/// </summary>
internal readonly struct ScratchBuffer : IDisposable
{
    private const int KeptCapacity = 1 << 20, KeptCount = 4;

    [ThreadStatic]
    private static Stack<ArrayBufferWriter<byte>>? kept;

    private ScratchBuffer(ArrayBufferWriter<byte> writer) => Writer = writer;

    public ArrayBufferWriter<byte> Writer { get; }

    public static ScratchBuffer Rent() => new(kept is { Count: > 0 } ? kept.Pop() : new ArrayBufferWriter<byte>(256));

    /// <summary>
    /// The written bytes, for the caller to keep. They are a copy, unless the buffer is large and therefore mostly full. Nothing may be
    /// written afterwards.
    /// </summary>
    public ReadOnlyMemory<byte> Take()
        => Writer.Capacity > KeptCapacity && Writer.FreeCapacity <= Writer.Capacity / 4 ? Writer.WrittenMemory : Writer.WrittenSpan.ToArray();

    public void Dispose()
    {
        kept ??= new Stack<ArrayBufferWriter<byte>>(KeptCount);
        if (Writer.Capacity > KeptCapacity || kept.Count >= KeptCount)
            return;
        Writer.ResetWrittenCount();
        kept.Push(Writer);
    }
}
