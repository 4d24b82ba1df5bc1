using System.Reflection;

namespace Handler.Functions;

/// <summary>A registered function with an argument.</summary>
internal sealed class RegisteredFunction : LoadedFunction
{
    private readonly string name;
    private readonly Type argument;
    private readonly ValueCodecs codecs;
    private readonly ArgumentBinder binder;
    private readonly BoundFunctionFactory factory;

    public RegisteredFunction(string name, MethodInfo method, FunctionShape shape, Type result, ValueCodecs codecs)
    {
        this.name = name;
        this.codecs = codecs;
        argument = method.GetParameters()[0].ParameterType;
        factory = FactoryFor(shape, result, codecs);
        var open = method.CreateDelegate(shape.DelegateType(result, argument));
        binder = ArgumentBinder.Create(open, argument, shape.ReturnType(result), shape.TakesToken());
    }

    public override string Name => name;

    public override BoundFunction Bind(ref PayloadReader reader, CaptureReader captures)
    {
        if (reader.IsAtEnd)
            throw new FunctionLoadException(
                $"Registered function \"{name}\" takes an argument of type {TypeName.Of(argument)}, and the call has none.");
        return factory.Create(binder.Bind(ReadArgument(ref reader)));
    }

    private object? ReadArgument(ref PayloadReader reader)
    {
        try
        {
            return codecs.Get(argument).ReadObject(ref reader);
        }
        catch (FormatException exception)
        {
            throw new FunctionLoadException(
                $"The argument of registered function \"{Excerpt.OfName(name)}\" cannot be read as {TypeName.Of(argument)}: "
                    + exception.Message,
                exception);
        }
    }
}
