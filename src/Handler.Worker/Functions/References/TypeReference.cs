using System.Buffers;

namespace Handler.Functions;

/// <summary>
/// A type in a payload: the code of a common type, or assembly and name. Generic arguments and array ranks are written separately, so that
/// each part passes the <see cref="TypeGate"/> on its own.
/// </summary>
internal static class TypeReference
{
    private const byte Named = 0, Generic = 1, Array = 2;
    private const int FirstCode = 16;

    /// <summary>The maximum nesting depth of a type, and the maximum number of types in it, including itself.</summary>
    internal const int DepthLimit = 32, PartsLimit = 256;

    /// <summary>Part of the format: append only.</summary>
    private static readonly Type[] Common =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string), typeof(object), typeof(Guid), typeof(DateTime),
        typeof(DateTimeOffset), typeof(TimeSpan), typeof(byte[]), typeof(ReadOnlyMemory<byte>), typeof(Memory<byte>), typeof(NoValue),
        typeof(CancellationToken), typeof(List<>), typeof(Dictionary<,>), typeof(Nullable<>), typeof(int[]), typeof(string[]),
    ];

    /// <exception cref="NotSupportedException">The type cannot be named.</exception>
    public static void Write(IBufferWriter<byte> writer, Type type)
    {
        var left = PartsLimit;
        Write(writer, type, 0, ref left);
    }

    public static void WriteAll(IBufferWriter<byte> writer, Type[] types)
    {
        writer.WriteLength(types.Length);
        foreach (var type in types)
            Write(writer, type);
    }

    public static Type Read(ref PayloadReader reader, TypeGate gate)
    {
        var left = PartsLimit;
        return Read(ref reader, gate, 0, ref left);
    }

    public static Type[] ReadAll(ref PayloadReader reader, TypeGate gate)
    {
        var types = new Type[reader.ReadCount(PartsLimit)];
        for (var i = 0; i < types.Length; i++)
            types[i] = Read(ref reader, gate);
        return types;
    }

    private static void Write(IBufferWriter<byte> writer, Type type, int depth, ref int left)
    {
        if (depth > DepthLimit || --left < 0)
            throw new NotSupportedException(
                $"Type {TypeName.Of(type)} is part of a type that is nested "
                    + $"deeper than {DepthLimit} levels or has more than {PartsLimit} parts.");
        var code = System.Array.IndexOf(Common, type);
        if (code >= 0)
        {
            writer.WriteByte((byte)(FirstCode + code));
        }
        else if (type.IsArray)
        {
            writer.WriteByte(Array);
            writer.WriteByte((byte)(type.IsSZArray ? 0 : type.GetArrayRank()));
            Write(writer, type.GetElementType()!, depth + 1, ref left);
        }
        else if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            writer.WriteByte(Generic);
            Write(writer, type.GetGenericTypeDefinition(), depth + 1, ref left);
            var arguments = type.GetGenericArguments();
            writer.WriteLength(arguments.Length);
            foreach (var argument in arguments)
                Write(writer, argument, depth + 1, ref left);
        }
        else if (type is { IsPointer: false, IsByRef: false, IsFunctionPointer: false, IsGenericParameter: false, FullName: { } name }
            && !type.Assembly.IsDynamic)
        {
            writer.WriteByte(Named);
            writer.WriteName(type.Assembly.GetName().Name!);
            writer.WriteName(name);
        }
        else
        {
            throw new NotSupportedException($"Type {TypeName.Of(type)} has no name that a worker could find it by.");
        }
    }

    private static Type Read(ref PayloadReader reader, TypeGate gate, int depth, ref int left)
    {
        if (depth > DepthLimit)
            throw new FormatException($"A type in the payload is nested deeper than {DepthLimit} levels.");
        if (--left < 0)
            throw new FormatException($"A type in the payload has more than {PartsLimit} parts.");
        var code = reader.ReadByte();
        switch (code)
        {
            case Named:
                var assembly = reader.ReadName();
                return gate.Resolve(assembly, reader.ReadName());
            case Generic:
                var definition = Read(ref reader, gate, depth + 1, ref left);
                var arguments = new Type[reader.ReadCount(PartsLimit)];
                for (var i = 0; i < arguments.Length; i++)
                    arguments[i] = Read(ref reader, gate, depth + 1, ref left);
                return gate.MakeGeneric(definition, arguments);
            case Array:
                var rank = reader.ReadByte();
                return gate.MakeArray(Read(ref reader, gate, depth + 1, ref left), rank);
            default:
                var index = code - FirstCode;
                return (uint)index < (uint)Common.Length
                    ? Common[index]
                    : throw new FormatException($"The payload has an unknown type code, {code}.");
        }
    }
}
