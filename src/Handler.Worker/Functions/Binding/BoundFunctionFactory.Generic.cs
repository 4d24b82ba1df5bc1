namespace Handler.Functions;

internal sealed class BoundFunctionFactory<T>(FunctionShape shape, ValueCodecs codecs) : BoundFunctionFactory
{
    private readonly ResultCodec<T> codec = new(codecs);

    public override BoundFunction Create(Delegate function) => new BoundFunction<T>(shape, function, codec);
}
