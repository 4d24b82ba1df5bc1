using System.Reflection;

namespace Handler.Functions;

/// <summary>A function that consists of its method only: one bound function serves all calls.</summary>
internal sealed class PlainFunction : LoadedFunction
{
    private readonly BoundFunction function;
    private readonly MethodInfo method;

    public PlainFunction(MethodInfo method, object? target, FunctionShape shape, Type result, ValueCodecs codecs)
    {
        this.method = method;
        function = FactoryFor(shape, result, codecs).Create(method.CreateDelegate(shape.DelegateType(result, null), target));
    }

    public override string Name => NameOf(method);

    public override BoundFunction Bind(ref PayloadReader reader, CaptureReader captures) => function;
}
