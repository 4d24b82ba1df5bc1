namespace Handler.Functions;

internal static class FunctionShapes
{
    public static bool TakesToken(this FunctionShape shape) => (shape & FunctionShape.WithToken) != 0;

    public static FunctionShape WithoutToken(this FunctionShape shape) => shape & ~FunctionShape.WithToken;

    /// <summary>The return type of the delegate; <see langword="null"/> for void.</summary>
    public static Type? ReturnType(this FunctionShape shape, Type result) => shape.WithoutToken() switch
    {
        FunctionShape.Value => result,
        FunctionShape.TaskOfValue => typeof(Task<>).MakeGenericType(result),
        FunctionShape.ValueTaskOfValue => typeof(ValueTask<>).MakeGenericType(result),
        FunctionShape.Void => null,
        FunctionShape.Task => typeof(Task),
        FunctionShape.ValueTask => typeof(ValueTask),
        _ => throw new FormatException($"The payload has an unknown function shape, {(int)shape}."),
    };

    /// <summary>The shape of a method that returns <paramref name="returnType"/>, and the type of the value that it contains.</summary>
    public static (FunctionShape Shape, Type Result) OfReturnType(Type returnType)
    {
        if (returnType == typeof(void))
            return (FunctionShape.Void, typeof(NoValue));
        if (returnType == typeof(Task))
            return (FunctionShape.Task, typeof(NoValue));
        if (returnType == typeof(ValueTask))
            return (FunctionShape.ValueTask, typeof(NoValue));
        if (returnType.IsGenericType)
        {
            var definition = returnType.GetGenericTypeDefinition();
            if (definition == typeof(Task<>))
                return (FunctionShape.TaskOfValue, returnType.GetGenericArguments()[0]);
            if (definition == typeof(ValueTask<>))
                return (FunctionShape.ValueTaskOfValue, returnType.GetGenericArguments()[0]);
        }

        return (FunctionShape.Value, returnType);
    }

    /// <summary>The delegate type with the given first parameter (if any), the token (if the shape has it) and the return type.</summary>
    public static Type DelegateType(this FunctionShape shape, Type result, Type? argument)
    {
        var parameters = new List<Type>(3);
        if (argument is not null)
            parameters.Add(argument);
        if (shape.TakesToken())
            parameters.Add(typeof(CancellationToken));
        if (shape.ReturnType(result) is not { } returned)
        {
            return parameters.Count switch
            {
                0 => typeof(Action),
                1 => typeof(Action<>).MakeGenericType([.. parameters]),
                _ => typeof(Action<,>).MakeGenericType([.. parameters]),
            };
        }

        parameters.Add(returned);
        var definition = parameters.Count switch { 1 => typeof(Func<>), 2 => typeof(Func<,>), _ => typeof(Func<,,>) };
        return definition.MakeGenericType([.. parameters]);
    }
}
