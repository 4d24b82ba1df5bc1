using System.Reflection;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>
/// A method and the target on which it is called. The method and the layout of the target are the same in each call; the target's values
/// are not.
/// </summary>
internal sealed class MethodTarget
{
    private MethodTarget(MethodInfo method, TargetKind kind, ClosureLayout? layout, Type? type)
    {
        Method = method;
        Kind = kind;
        Layout = layout;
        Type = type;
    }

    public MethodInfo Method { get; }

    public TargetKind Kind { get; }

    public ClosureLayout? Layout { get; }

    /// <summary>The target's type, if it has values that are sent.</summary>
    public Type? Type { get; }

    public static MethodTarget Read(ref PayloadReader reader, TypeGate gate)
    {
        var method = MethodReference.Read(ref reader, gate);
        var type = method.DeclaringType!;
        switch ((TargetKind)reader.ReadByte())
        {
            case TargetKind.None when method.IsStatic:
                return new MethodTarget(method, TargetKind.None, null, null);
            case TargetKind.Stateless when !method.IsStatic && ClosureClass.IsStateless(type):
                return new MethodTarget(method, TargetKind.Stateless, null, null);
            case TargetKind.Closure when !method.IsStatic && ClosureClass.HoldsCaptures(type):
                return new MethodTarget(method, TargetKind.Closure, ClosureLayout.Read(ref reader, type), type);
            case TargetKind.FirstArgument
                when method.IsStatic && method.GetParameters() is [var first, ..] && !first.ParameterType.IsValueType:
                return new MethodTarget(method, TargetKind.FirstArgument, null, first.ParameterType);
            case var kind:
                throw new FormatException(
                    $"The payload gives {TypeName.Of(type)}.{method.Name} a target of kind {kind}, which does not fit it.");
        }
    }

    /// <summary>Creates the target of a method whose target has no values.</summary>
    public object? MakeStateless() => Kind == TargetKind.Stateless ? RuntimeHelpers.GetUninitializedObject(Method.DeclaringType!) : null;

    /// <summary>Reads the values of one call's target.</summary>
    public object? ReadTarget(ref PayloadReader reader, CaptureReader captures) => Kind switch
    {
        TargetKind.Closure => captures.ReadClosure(ref reader, Layout!),
        TargetKind.FirstArgument => captures.ReadValue(ref reader, Type!),
        _ => MakeStateless(),
    };
}
