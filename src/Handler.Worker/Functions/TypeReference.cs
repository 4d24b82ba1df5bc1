using System.Buffers;

namespace Handler.Functions;

/// <summary>
/// A type in a payload: the code of a common one, or assembly and name, with generic arguments and array ranks spelled out so that
/// each part passes the <see cref="TypeGate"/> by itself.
/// </summary>
internal static class TypeReference
{
    private const byte Named = 0, Generic = 1, Array = 2;
    private const int FirstCode = 16, DepthLimit = 32;

    /// <summary>Part of the format: append only.</summary>
    private static readonly Type[] Common =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string), typeof(object), typeof(Guid), typeof(DateTime),
        typeof(DateTimeOffset), typeof(TimeSpan), typeof(byte[]), typeof(ReadOnlyMemory<byte>), typeof(Memory<byte>), typeof(Unit),
        typeof(CancellationToken), typeof(List<>), typeof(Dictionary<,>), typeof(Nullable<>), typeof(int[]), typeof(string[]),
    ];

    public static void Write(IBufferWriter<byte> writer, Type type)
    {
        var code = System.Array.IndexOf(Common, type);
        if (code >= 0)
        {
            writer.WriteByte((byte)(FirstCode + code));
        }
        else if (type.IsArray)
        {
            writer.WriteByte(Array);
            writer.WriteByte((byte)(type.IsSZArray ? 0 : type.GetArrayRank()));
            Write(writer, type.GetElementType()!);
        }
        else if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            writer.WriteByte(Generic);
            Write(writer, type.GetGenericTypeDefinition());
            WriteAll(writer, type.GetGenericArguments());
        }
        else if (type is { IsPointer: false, IsByRef: false, IsFunctionPointer: false, IsGenericParameter: false, FullName: { } name } && !type.Assembly.IsDynamic)
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

    public static void WriteAll(IBufferWriter<byte> writer, Type[] types)
    {
        writer.WriteLength(types.Length);
        foreach (var type in types)
            Write(writer, type);
    }

    public static Type Read(ref PayloadReader reader, TypeGate gate) => Read(ref reader, gate, 0);

    public static Type[] ReadAll(ref PayloadReader reader, TypeGate gate) => ReadAll(ref reader, gate, 0);

    private static Type Read(ref PayloadReader reader, TypeGate gate, int depth)
    {
        if (depth > DepthLimit)
            throw new FormatException($"A type in the payload is nested deeper than {DepthLimit} levels.");
        var code = reader.ReadByte();
        switch (code)
        {
            case Named:
                var assembly = reader.ReadName();
                return gate.Resolve(assembly, reader.ReadName());
            case Generic:
                var definition = Read(ref reader, gate, depth + 1);
                return definition.MakeGenericType(ReadAll(ref reader, gate, depth + 1));
            case Array:
                var rank = reader.ReadByte();
                var element = Read(ref reader, gate, depth + 1);
                return rank == 0 ? element.MakeArrayType() : element.MakeArrayType(rank);
            default:
                var index = code - FirstCode;
                return (uint)index < (uint)Common.Length ? Common[index] : throw new FormatException($"The payload has an unknown type code, {code}.");
        }
    }

    private static Type[] ReadAll(ref PayloadReader reader, TypeGate gate, int depth)
    {
        var types = new Type[reader.ReadCount()];
        for (var i = 0; i < types.Length; i++)
            types[i] = Read(ref reader, gate, depth + 1);
        return types;
    }
}
