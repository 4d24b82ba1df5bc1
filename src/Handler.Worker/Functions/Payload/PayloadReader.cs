using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Handler.Functions;

/// <summary>
/// Reads what <see cref="PayloadWriter"/> wrote. It trusts nothing: missing data is a <see cref="FormatException"/>, and no length is
/// trusted before that many bytes are present, so a damaged payload cannot allocate much memory.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    /// <summary>
    /// The maximum length of a name, in bytes, and of a list of types or fields. Both are far above what compilers generate.
    /// </summary>
    public const int MaxNameBytes = 4 << 10, MaxCount = 1 << 16;

    private ReadOnlySpan<byte> rest = payload;

    public readonly bool IsAtEnd => rest.IsEmpty;

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if ((uint)count > (uint)rest.Length)
            ThrowTooShort(count);
        var bytes = rest[..count];
        rest = rest[count..];
        return bytes;
    }

    public byte ReadByte() => ReadBytes(1)[0];

    public readonly byte PeekByte()
    {
        if (rest.IsEmpty)
            ThrowTooShort(1);
        return rest[0];
    }

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(8));

    public T ReadUnmanaged<T>()
        where T : unmanaged
        => MemoryMarshal.Read<T>(ReadBytes(Unsafe.SizeOf<T>()));

    public int ReadLength()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = ReadByte();
            if (shift == 28 && part > 0x07)
                break;
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
                return (int)value;
        }

        throw new FormatException("A length in the payload is out of range.");
    }

    public ReadOnlySpan<byte> ReadBlock() => ReadBytes(ReadLength());

    /// <summary>Reads the number of items that each take at least one byte.</summary>
    /// <param name="most">The maximum number in a valid payload.</param>
    public int ReadCount(int most = MaxCount)
    {
        var count = ReadLength();
        if (count > most)
            throw new FormatException($"The payload has a list of {count} where at most {most} are possible.");
        if (count > rest.Length)
            ThrowTooShort(count);
        return count;
    }

    /// <summary>Reads the name of an assembly, a type, a method or a registered function.</summary>
    public string ReadName()
    {
        var name = ReadBlock();
        return name.Length <= MaxNameBytes
            ? Encoding.UTF8.GetString(name)
            : throw new FormatException($"The payload has a name of {name.Length} bytes; the longest possible has {MaxNameBytes}.");
    }

    public readonly void RequireEnd()
    {
        if (!rest.IsEmpty)
            throw new FormatException($"The payload has {rest.Length} bytes too many.");
    }

    private readonly void ThrowTooShort(int wanted)
        => throw new FormatException($"The payload ends early: {rest.Length} bytes are left where {wanted} are expected.");
}
