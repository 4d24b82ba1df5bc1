using System.Buffers;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>The compact forms of common types.</summary>
internal static class PrimitiveCodecs
{
    public static ValueCodec? For(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.Boolean => new BooleanCodec(),
        TypeCode.Byte => new NumberCodec<byte>(ValueKind.Byte),
        TypeCode.SByte => new NumberCodec<sbyte>(ValueKind.SByte),
        TypeCode.Int16 => new NumberCodec<short>(ValueKind.Int16),
        TypeCode.UInt16 => new NumberCodec<ushort>(ValueKind.UInt16),
        TypeCode.Int32 => new NumberCodec<int>(ValueKind.Int32),
        TypeCode.UInt32 => new NumberCodec<uint>(ValueKind.UInt32),
        TypeCode.Int64 => new NumberCodec<long>(ValueKind.Int64),
        TypeCode.UInt64 => new NumberCodec<ulong>(ValueKind.UInt64),
        TypeCode.Single => new NumberCodec<float>(ValueKind.Single),
        TypeCode.Double => new NumberCodec<double>(ValueKind.Double),
        TypeCode.Char => new NumberCodec<char>(ValueKind.Char),
        TypeCode.Decimal => new DecimalCodec(),
        TypeCode.String => new StringCodec(),
        TypeCode.DateTime => new DateTimeCodec(),
        _ => ForOther(type),
    };

    private static ValueCodec? ForOther(Type type)
    {
        if (type == typeof(Guid))
            return new NumberCodec<Guid>(ValueKind.Guid);
        if (type == typeof(TimeSpan))
            return new TicksCodec<TimeSpan>(ValueKind.TimeSpan, value => value.Ticks, TimeSpan.FromTicks);
        if (type == typeof(DateOnly))
            return new TicksCodec<DateOnly>(
                ValueKind.DateOnly,
                value => value.DayNumber,
                days => DateOnly.FromDayNumber(checked((int)days)));
        if (type == typeof(TimeOnly))
            return new TicksCodec<TimeOnly>(ValueKind.TimeOnly, value => value.Ticks, ticks => new TimeOnly(ticks));
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffsetCodec();
        if (type == typeof(byte[]))
            return new ByteArrayCodec();
        if (type == typeof(ReadOnlyMemory<byte>))
            return new BytesCodec<ReadOnlyMemory<byte>>(value => value, bytes => bytes);
        if (type == typeof(Memory<byte>))
            return new BytesCodec<Memory<byte>>(value => value, bytes => bytes);
        return null;
    }
}

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

internal sealed class BooleanCodec : ValueCodec<bool>
{
    public override void Write(IBufferWriter<byte> writer, bool value)
    {
        writer.WriteByte((byte)ValueKind.Boolean);
        writer.WriteByte(value ? (byte)1 : (byte)0);
    }

    public override bool Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.Boolean);
        return reader.ReadByte() switch
        {
            0 => false,
            1 => true,
            var other => throw new FormatException($"{other} is not a boolean."),
        };
    }
}

internal sealed class DecimalCodec : ValueCodec<decimal>
{
    public override void Write(IBufferWriter<byte> writer, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        writer.WriteByte((byte)ValueKind.Decimal);
        foreach (var part in parts)
            writer.WriteInt32(part);
    }

    public override decimal Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.Decimal);
        ReadOnlySpan<int> parts = [reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()];
        return ValueRange.Checked(parts, static parts => new decimal(parts));
    }
}

internal sealed class DateTimeCodec : ValueCodec<DateTime>
{
    public override void Write(IBufferWriter<byte> writer, DateTime value)
    {
        writer.WriteByte((byte)ValueKind.DateTime);
        writer.WriteInt64(value.ToBinary());
    }

    public override DateTime Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.DateTime);
        return ValueRange.Checked(reader.ReadInt64(), DateTime.FromBinary);
    }
}

internal sealed class DateTimeOffsetCodec : ValueCodec<DateTimeOffset>
{
    public override void Write(IBufferWriter<byte> writer, DateTimeOffset value)
    {
        writer.WriteByte((byte)ValueKind.DateTimeOffset);
        writer.WriteInt64(value.Ticks);
        writer.WriteInt64(value.Offset.Ticks);
    }

    public override DateTimeOffset Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.DateTimeOffset);
        return ValueRange.Checked((reader.ReadInt64(), reader.ReadInt64()), static ticks => new DateTimeOffset(
            ticks.Item1,
            new TimeSpan(ticks.Item2)));
    }
}

/// <summary>Types that consist of one number with a range.</summary>
internal sealed class TicksCodec<T>(ValueKind kind, Func<T, long> toTicks, Func<long, T> fromTicks) : ValueCodec<T>
{
    public override void Write(IBufferWriter<byte> writer, T value)
    {
        writer.WriteByte((byte)kind);
        writer.WriteInt64(toTicks(value));
    }

    public override T Read(ref PayloadReader reader)
    {
        Expect(ref reader, kind);
        return ValueRange.Checked(reader.ReadInt64(), fromTicks);
    }
}

/// <summary>Converts exceptions of constructors about values out of range to the exception for damaged payloads.</summary>
internal static class ValueRange
{
    public static T Checked<TRaw, T>(TRaw raw, Func<TRaw, T> make)
        where TRaw : allows ref struct
    {
        try
        {
            return make(raw);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new FormatException($"The payload has a {TypeName.Of(typeof(T))} that is out of range.", e);
        }
    }
}
