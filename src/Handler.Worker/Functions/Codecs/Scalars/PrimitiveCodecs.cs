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
