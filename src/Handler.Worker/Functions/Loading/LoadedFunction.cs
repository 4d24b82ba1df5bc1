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
