namespace Handler.Tests.Pools;

/// <summary>Results of tasks that must be complete already. These tests must not block, because nothing else would make progress.</summary>
internal static class Tasks
{
    public static T Now<T>(this Task<T> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("This should be complete by now.");

    public static void Now(this Task task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("This should be complete by now.");
        task.GetAwaiter().GetResult();
    }

    public static T Now<T>(this ValueTask<T> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("This should be complete by now.");
}
