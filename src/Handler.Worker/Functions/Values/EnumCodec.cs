using System.Buffers;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>Enums, as their underlying number.</summary>
internal sealed class EnumCodec<T, TNumber> : ValueCodec<T>
    where T : unmanaged, Enum
    where TNumber : unmanaged
{
    private readonly ValueCodec<TNumber> number = (ValueCodec<TNumber>)PrimitiveCodecs.For(typeof(TNumber))!;

    public override void Write(IBufferWriter<byte> writer, T value) => number.Write(writer, Unsafe.BitCast<T, TNumber>(value));

    public override T Read(ref PayloadReader reader) => Unsafe.BitCast<TNumber, T>(number.Read(ref reader));
}
