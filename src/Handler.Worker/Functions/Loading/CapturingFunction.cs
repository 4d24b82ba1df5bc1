namespace Handler.Functions;

/// <summary>A lambda with captured variables, or a static method with a bound first argument.</summary>
internal sealed class CapturingFunction : LoadedFunction
{
    private readonly MethodTarget target;
    private readonly ArgumentBinder binder;
    private readonly BoundFunctionFactory factory;

    public CapturingFunction(MethodTarget target, FunctionShape shape, Type result, ValueCodecs codecs)
    {
        this.target = target;
        factory = FactoryFor(shape, result, codecs);
        var open = target.Method.CreateDelegate(shape.DelegateType(result, target.Type));
        binder = ArgumentBinder.Create(open, target.Type!, shape.ReturnType(result), shape.TakesToken());
    }

    public override string Name => NameOf(target.Method);

    public override BoundFunction Bind(ref PayloadReader reader, CaptureReader captures)
        => factory.Create(binder.Bind(target.ReadTarget(ref reader, captures)));
}
