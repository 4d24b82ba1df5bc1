using System.Buffers;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>Types in which every bit pattern is a valid value.</summary>
internal sealed class NumberCodec<T>(ValueKind kind) : ValueCodec<T>
    where T : unmanaged
{
    public override void Write(IBufferWriter<byte> writer, T value)
    {
        var span = writer.GetSpan(1 + Unsafe.SizeOf<T>());
        span[0] = (byte)kind;
        System.Runtime.InteropServices.MemoryMarshal.Write(span[1..], value);
        writer.Advance(1 + Unsafe.SizeOf<T>());
    }

    public override T Read(ref PayloadReader reader)
    {
        Expect(ref reader, kind);
        return reader.ReadUnmanaged<T>();
    }
}
