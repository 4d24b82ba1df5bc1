using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests;

/// <summary>Time that passes when a test says so.</summary>
internal static class FakeTime
{
    private const int MaxSteps = 10_000;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Lets time pass. What waits for it continues on the same thread, which has no synchronization context, and has come to its next wait
    /// when this completes.
    /// </summary>
    public static Task PassAsync(this FakeTimeProvider time, TimeSpan span) => Task.Run(() => time.Advance(span));

    /// <summary>Lets time pass in steps of 100 ms until a task completes that waits for nothing else.</summary>
    public static async Task<T> For<T>(this FakeTimeProvider time, Task<T> task)
    {
        for (var i = 0; !task.IsCompleted && i < MaxSteps; i++)
            await time.PassAsync(Step);
        return await Wait.For(task);
    }
}
