namespace Handler.Functions;

/// <summary>
/// Binds the first argument of a function: its closure, or the argument of a registered function. Works like a closed delegate, but also
/// for arguments of value types, and without a reflection call for each job.
/// </summary>
internal abstract class ArgumentBinder
{
    public abstract Delegate Bind(object? argument);

    /// <summary>Creates the binder of one function.</summary>
    /// <param name="open">The function with the argument as its first parameter.</param>
    /// <param name="argument">The parameter's type.</param>
    /// <param name="returned">The function's return type; <see langword="null"/> for void.</param>
    /// <param name="takesToken">Whether its last parameter is a token.</param>
    public static ArgumentBinder Create(Delegate open, Type argument, Type? returned, bool takesToken)
    {
        var type = returned is null
            ? (takesToken ? typeof(ActionWithToken<>) : typeof(ActionOnly<>)).MakeGenericType(argument)
            : (takesToken ? typeof(FunctionWithToken<,>) : typeof(FunctionOnly<,>)).MakeGenericType(argument, returned);
        return (ArgumentBinder)Activator.CreateInstance(type, open)!;
    }

    private sealed class FunctionOnly<TArgument, TReturned>(Func<TArgument, TReturned> open) : ArgumentBinder
    {
        public override Delegate Bind(object? argument)
        {
            var (function, value) = (open, (TArgument)argument!);
            return new Func<TReturned>(() => function(value));
        }
    }

    private sealed class FunctionWithToken<TArgument, TReturned>(Func<TArgument, CancellationToken, TReturned> open) : ArgumentBinder
    {
        public override Delegate Bind(object? argument)
        {
            var (function, value) = (open, (TArgument)argument!);
            return new Func<CancellationToken, TReturned>(token => function(value, token));
        }
    }

    private sealed class ActionOnly<TArgument>(Action<TArgument> open) : ArgumentBinder
    {
        public override Delegate Bind(object? argument)
        {
            var (function, value) = (open, (TArgument)argument!);
            return new Action(() => function(value));
        }
    }

    private sealed class ActionWithToken<TArgument>(Action<TArgument, CancellationToken> open) : ArgumentBinder
    {
        public override Delegate Bind(object? argument)
        {
            var (function, value) = (open, (TArgument)argument!);
            return new Action<CancellationToken>(token => function(value, token));
        }
    }
}
