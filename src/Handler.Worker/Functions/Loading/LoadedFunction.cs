using System.Reflection;

namespace Handler.Functions;

/// <summary>A function reference that was resolved once. Each call adds only its values.</summary>
internal abstract class LoadedFunction
{
    /// <summary>The function's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Reads a call's values and returns the function bound to them.</summary>
    public abstract BoundFunction Bind(ref PayloadReader reader, CaptureReader captures);

    protected static string NameOf(MethodInfo method) => $"{method.DeclaringType?.FullName}.{method.Name}";

    /// <summary>The factory of bound functions whose result is of type <paramref name="result"/>.</summary>
    protected static BoundFunctionFactory FactoryFor(FunctionShape shape, Type result, ValueCodecs codecs)
        => (BoundFunctionFactory)Activator.CreateInstance(typeof(BoundFunctionFactory<>).MakeGenericType(result), shape, codecs)!;
}

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
        catch (FormatException e)
        {
            throw new FunctionLoadException(
                $"The argument of registered function \"{Excerpt.OfName(name)}\" cannot be read as {TypeName.Of(argument)}: {e.Message}",
                e);
        }
    }
}

/// <summary>A captured delegate whose reference was resolved once.</summary>
internal sealed class LoadedDelegate(Type type, MethodTarget target)
{
    public Delegate Read(ref PayloadReader reader, CaptureReader captures)
        => target.Method.CreateDelegate(type, target.ReadTarget(ref reader, captures));
}

/// <summary>Creates bound functions of one shape.</summary>
internal abstract class BoundFunctionFactory
{
    public abstract BoundFunction Create(Delegate function);
}

internal sealed class BoundFunctionFactory<T>(FunctionShape shape, ValueCodecs codecs) : BoundFunctionFactory
{
    private readonly ResultCodec<T> codec = new(codecs);

    public override BoundFunction Create(Delegate function) => new BoundFunction<T>(shape, function, codec);
}
