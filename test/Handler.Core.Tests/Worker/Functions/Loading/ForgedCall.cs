using System.Buffers;
using System.Reflection;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>A hand-made call, such as an attacker would send to make a worker run something other than a job.</summary>
internal sealed record ForgedCall
{
    public FunctionShape Shape { get; init; } = FunctionShape.Void;

    public Type Result { get; init; } = typeof(NoValue);

    public string Assembly { get; init; } = typeof(ForgedCall).Assembly.GetName().Name!;

    public Guid Version { get; init; } = typeof(ForgedCall).Module.ModuleVersionId;

    public int Token { get; init; }

    public string Name { get; init; } = "";

    /// <summary>Writes the type arguments of the method's declaring type.</summary>
    public Action<IBufferWriter<byte>> TypeArguments { get; init; } = static writer => writer.WriteLength(0);

    /// <summary>Writes the type arguments of the method.</summary>
    public Action<IBufferWriter<byte>> MethodArguments { get; init; } = static writer => writer.WriteLength(0);

    public TargetKind Target { get; init; } = TargetKind.None;

    /// <summary>The bytes after the reference.</summary>
    public byte[] Values { get; init; } = [];

    public static ForgedCall Of(MethodBase method) => new()
    {
        Assembly = method.Module.Assembly.GetName().Name!,
        Version = method.Module.ModuleVersionId,
        Token = method.MetadataToken,
        Name = method.Name,
        Shape = method is MethodInfo { ReturnType: var returned } ? FunctionShapes.OfReturnType(returned).Shape : FunctionShape.Void,
        Result = method is MethodInfo { ReturnType: var type } ? FunctionShapes.OfReturnType(type).Result : typeof(NoValue),
    };

    public static Action<IBufferWriter<byte>> Types(params Type[] types) => writer => TypeReference.WriteAll(writer, types);

    public byte[] Write()
    {
        var reference = new ArrayBufferWriter<byte>();
        reference.WriteByte((byte)FunctionReferenceKind.Job);
        reference.WriteByte((byte)Shape);
        TypeReference.Write(reference, Result);
        WriteTarget(reference);
        var call = new ArrayBufferWriter<byte>();
        call.WriteBlock(reference.WrittenSpan);
        call.Write(Values);
        return call.WrittenSpan.ToArray();
    }

    /// <summary>Returns a captured delegate's reference to the method.</summary>
    public byte[] WriteDelegate(Type type)
    {
        var reference = new ArrayBufferWriter<byte>();
        reference.WriteByte((byte)FunctionReferenceKind.Delegate);
        TypeReference.Write(reference, type);
        WriteTarget(reference);
        var block = new ArrayBufferWriter<byte>();
        block.WriteBlock(reference.WrittenSpan);
        return block.WrittenSpan.ToArray();
    }

    private void WriteTarget(ArrayBufferWriter<byte> writer)
    {
        writer.WriteName(Assembly);
        writer.WriteUnmanaged(Version);
        writer.WriteInt32(Token);
        writer.WriteName(Name);
        TypeArguments(writer);
        MethodArguments(writer);
        writer.WriteByte((byte)Target);
    }
}
