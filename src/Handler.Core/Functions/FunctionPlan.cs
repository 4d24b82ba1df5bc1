using System.Buffers;
using System.Reflection;

namespace Handler.Functions;

/// <summary>The facts about a function that are the same for each call.</summary>
internal sealed class FunctionPlan
{
    private FunctionPlan(byte[]? reference, TargetKind kind, ClosureLayout? layout, Type? argument)
    {
        Reference = reference;
        Kind = kind;
        Layout = layout;
        Argument = argument;
    }

    /// <summary>
    /// The function reference with its length, ready to be sent; <see langword="null"/> if captured delegates make it differ from call to
    /// call.
    /// </summary>
    public byte[]? Reference { get; }

    public TargetKind Kind { get; }

    public FunctionRunTimes RunTimes { get; } = new();

    public ClosureLayout? Layout { get; }

    /// <summary>The captures of the last call with captured delegates; the next call usually has the same.</summary>
    public DelegateCaptures? Last { get; set; }

    /// <summary>The type of a bound first argument.</summary>
    public Type? Argument { get; }

    public static FunctionPlan Make(Delegate function, TargetKind kind, FunctionShape shape, Type result)
    {
        var method = function.Method;
        if (kind != TargetKind.Closure)
            return new FunctionPlan(
                MakeReference(method, kind, null, shape, result),
                kind,
                null,
                kind == TargetKind.FirstArgument ? method.GetParameters()[0].ParameterType : null);
        var layout = ClosureLayouts.Build(function.Target!.GetType(), CapturedFields.ReadBy(method), FunctionDescription.Of(method));
        return ClosureLayouts.MayHoldDelegates(layout)
            ? new FunctionPlan(null, kind, null, null)
            : new FunctionPlan(MakeReference(method, kind, layout, shape, result), kind, layout, null);
    }

    public static byte[] MakeReference(MethodInfo method, TargetKind kind, ClosureLayout? layout, FunctionShape shape, Type result)
    {
        var content = new ArrayBufferWriter<byte>();
        content.WriteByte((byte)FunctionReferenceKind.Job);
        content.WriteByte((byte)shape);
        TypeReference.Write(content, result);
        WriteTarget(content, method, kind, layout);
        return Framed(content);
    }

    public static byte[] MakeDelegateReference(Delegate function, TargetKind kind, ClosureLayout? layout)
    {
        var content = new ArrayBufferWriter<byte>();
        content.WriteByte((byte)FunctionReferenceKind.Delegate);
        TypeReference.Write(content, function.GetType());
        WriteTarget(content, function.Method, kind, layout);
        return Framed(content);
    }

    public static byte[] MakeRegisteredReference(string name)
    {
        var content = new ArrayBufferWriter<byte>();
        content.WriteByte((byte)FunctionReferenceKind.Registered);
        content.WriteName(name);
        return Framed(content);
    }

    public static void WriteTarget(IBufferWriter<byte> writer, MethodInfo method, TargetKind kind, ClosureLayout? layout)
    {
        MethodReference.Write(writer, method);
        writer.WriteByte((byte)kind);
        layout?.Write(writer);
    }

    private static byte[] Framed(ArrayBufferWriter<byte> content)
    {
        var framed = new ArrayBufferWriter<byte>();
        framed.WriteBlock(content.WrittenSpan);
        return framed.WrittenSpan.ToArray();
    }
}
