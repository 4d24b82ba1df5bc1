namespace Handler.Functions;

/// <summary>Determines which of the accepted delegate types a function has.</summary>
internal static class DelegateShape
{
    /// <exception cref="FunctionNotPortableException">The function has none of the accepted types.</exception>
    public static FunctionShape Of<T>(Delegate function)
        => function switch
        {
            Func<T> => FunctionShape.Value,
            Func<CancellationToken, T> => FunctionShape.Value | FunctionShape.WithToken,
            Func<Task<T>> => FunctionShape.TaskOfValue,
            Func<CancellationToken, Task<T>> => FunctionShape.TaskOfValue | FunctionShape.WithToken,
            Func<ValueTask<T>> => FunctionShape.ValueTaskOfValue,
            Func<CancellationToken, ValueTask<T>> => FunctionShape.ValueTaskOfValue | FunctionShape.WithToken,
            Action when typeof(T) == typeof(NoValue) => FunctionShape.Void,
            Action<CancellationToken> when typeof(T) == typeof(NoValue) => FunctionShape.Void | FunctionShape.WithToken,
            Func<Task> when typeof(T) == typeof(NoValue) => FunctionShape.Task,
            Func<CancellationToken, Task> when typeof(T) == typeof(NoValue) => FunctionShape.Task | FunctionShape.WithToken,
            Func<ValueTask> when typeof(T) == typeof(NoValue) => FunctionShape.ValueTask,
            Func<CancellationToken, ValueTask> when typeof(T) == typeof(NoValue) => FunctionShape.ValueTask | FunctionShape.WithToken,
            _ => throw new FunctionNotPortableException(
                $"A job function takes nothing or a CancellationToken and returns {TypeName.Of(typeof(T))}, or a task of it; "
                    + $"{TypeName.Of(function.GetType())} does not."),
        };
}
