using System.Buffers;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// A buffer for bytes whose length must be known before they are sent. Each thread keeps a few buffers for reuse, but no large ones.
/// </summary>
internal readonly struct ScratchBuffer : IDisposable
{
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
        => Writer.Capacity > KeptBuffer && Writer.FreeCapacity <= Writer.Capacity / 4 ? Writer.WrittenMemory : Writer.WrittenSpan.ToArray();

    public void Dispose()
    {
        kept ??= new Stack<ArrayBufferWriter<byte>>(KeptBuffers);
        if (Writer.Capacity > KeptBuffer || kept.Count >= KeptBuffers)
            return;
        Writer.ResetWrittenCount();
        kept.Push(Writer);
    }
}
