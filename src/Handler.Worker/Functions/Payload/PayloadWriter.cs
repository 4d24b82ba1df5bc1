using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>The basic fields of the format. Little-endian; lengths and counts are unsigned LEB128 of at most five bytes.</summary>
internal static class PayloadWriter
{
    /// <summary>
    /// The part of a block that is written in one step, in bytes. A result is held in pieces of this size, one of which is kept for the
    /// next result.
    /// </summary>
    private const int MostPerWrite = LargeResult;

    public static void WriteByte(this IBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    public static void WriteInt32(this IBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    public static void WriteInt64(this IBufferWriter<byte> writer, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), value);
        writer.Advance(8);
    }

    /// <summary>
    /// Copies a value that contains neither references nor invalid bit patterns. Both sides run on the same kind of machine.
    /// </summary>
    public static void WriteUnmanaged<T>(this IBufferWriter<byte> writer, T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(writer.GetSpan(Unsafe.SizeOf<T>()), value);
        writer.Advance(Unsafe.SizeOf<T>());
    }

    public static void WriteLength(this IBufferWriter<byte> writer, int value)
    {
        var span = writer.GetSpan(5);
        var count = 0;
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            span[count++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[count++] = (byte)rest;
        writer.Advance(count);
    }

    /// <summary>Writes a length and that many bytes.</summary>
    public static void WriteBlock(this IBufferWriter<byte> writer, ReadOnlySpan<byte> block)
    {
        writer.WriteLength(block.Length);
        while (block.Length > 0)
        {
            // The writer is told how much room this takes, so that it grows only once.
            var part = block[..Math.Min(block.Length, MostPerWrite)];
            part.CopyTo(writer.GetSpan(part.Length));
            writer.Advance(part.Length);
            block = block[part.Length..];
        }
    }

    /// <summary>Writes a name as UTF-8 with its length.</summary>
    public static void WriteName(this IBufferWriter<byte> writer, string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        writer.WriteLength(length);
        Encoding.UTF8.GetBytes(name, writer.GetSpan(length));
        writer.Advance(length);
    }
}
