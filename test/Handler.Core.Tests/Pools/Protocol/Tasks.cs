namespace Handler.Tests.Pools;

/// <summary>Results of what must be complete already: nothing in these tests may block, for nobody else would go on.</summary>
internal static class Tasks
{
    public static T Now<T>(this Task<T> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("This should be complete by now.");

    public static T Now<T>(this ValueTask<T> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("This should be complete by now.");
}
