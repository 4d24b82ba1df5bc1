using System.Buffers;

namespace Handler.Functions;

/// <summary>Holds the result of a function from its return until it is written.</summary>
internal sealed class BoundFunction<T>(FunctionShape shape, Delegate function, ResultCodec<T> codec) : BoundFunction
{
    /// <summary>A result that is computed while it is enumerated is enumerated while the function's limits apply.</summary>
    private static readonly Func<T?, T?>? ReadOut = LazyResults.ReaderOf<T>();

    private T? result;

    public override bool TakesToken => shape.TakesToken();

    public override void Invoke(CancellationToken token)
    {
        result = default;
        var value = Run(token);
        result = ReadOut is null ? value : ReadOut(value);
    }

    public override void WriteResult(IBufferWriter<byte> writer)
    {
        var value = result;
        result = default;
        codec.Write(writer, value!);
    }

    private T? Run(CancellationToken token)
    {
        switch (shape)
        {
            case FunctionShape.Value:
                return ((Func<T>)function)();
            case FunctionShape.Value | FunctionShape.WithToken:
                return ((Func<CancellationToken, T>)function)(token);
            case FunctionShape.TaskOfValue:
                return Wait(((Func<Task<T>>)function)());
            case FunctionShape.TaskOfValue | FunctionShape.WithToken:
                return Wait(((Func<CancellationToken, Task<T>>)function)(token));
            case FunctionShape.ValueTaskOfValue:
                return Wait(((Func<ValueTask<T>>)function)());
            case FunctionShape.ValueTaskOfValue | FunctionShape.WithToken:
                return Wait(((Func<CancellationToken, ValueTask<T>>)function)(token));
            default:
                RunVoid(token);
                return default;
        }
    }

    private void RunVoid(CancellationToken token)
    {
        switch (shape)
        {
            case FunctionShape.Void:
                ((Action)function)();
                break;
            case FunctionShape.Void | FunctionShape.WithToken:
                ((Action<CancellationToken>)function)(token);
                break;
            case FunctionShape.Task:
                Wait(((Func<Task>)function)());
                break;
            case FunctionShape.Task | FunctionShape.WithToken:
                Wait(((Func<CancellationToken, Task>)function)(token));
                break;
            case FunctionShape.ValueTask:
                Wait(((Func<ValueTask>)function)());
                break;
            case FunctionShape.ValueTask | FunctionShape.WithToken:
                Wait(((Func<CancellationToken, ValueTask>)function)(token));
                break;
            default:
                throw new InvalidOperationException($"Unknown function shape {shape}.");
        }
    }

    private static T Wait(Task<T>? task) => (task ?? throw ReturnedNull()).GetAwaiter().GetResult();

    private static void Wait(Task? task) => (task ?? throw ReturnedNull()).GetAwaiter().GetResult();

    // A value task that has not completed may only be waited for as a Task.
    private static T Wait(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();

    private static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
            task.GetAwaiter().GetResult();
        else
            task.AsTask().GetAwaiter().GetResult();
    }

    private static InvalidOperationException ReturnedNull() => new("The function returned null instead of a task.");
}
