namespace Handler;

/// <summary>
/// The task of an action's outcome. It is the state of the task with the value that an action does not have, and is completed together
/// with it. A continuation that converts the outcome would need a thread of the thread pool, and all of them may wait for outcomes.
/// </summary>
internal static class ActionCompletion
{
    /// <summary>The state of a job's task; <see langword="null"/> unless the job is an action.</summary>
    public static TaskCompletionSource<JobOutcome>? For<T>(TaskCreationOptions options)
        => typeof(T) == typeof(NoValue) ? new TaskCompletionSource<JobOutcome>(options) : null;

    /// <summary>Completes the action's task of a job whose task has completed.</summary>
    public static void Complete<T>(Task<JobOutcome<T>> task)
    {
        if (task.AsyncState is TaskCompletionSource<JobOutcome> action)
            action.TrySetResult(task.Result.WithoutValue());
    }

    /// <summary>The outcome of an action without its value.</summary>
    public static Task<JobOutcome> WithoutValue(Task<JobOutcome<NoValue>> task)
    {
        return task.AsyncState is TaskCompletionSource<JobOutcome> action ? action.Task : ConvertAsync();

        async Task<JobOutcome> ConvertAsync() => (await task.ConfigureAwait(false)).WithoutValue();
    }
}
