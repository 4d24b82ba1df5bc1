using System.Diagnostics;

namespace Handler.Shared;

/// <summary>
/// Waits for an expected event, and reports what was missing if it does not happen. The timeout allows for a busy machine; it measures
/// nothing.
/// </summary>
internal static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits for a condition by polling, because nothing announces it, such as the content of <c>/proc</c>.</summary>
    public static async Task Until(Func<Task<bool>> condition, Func<string> missing)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                Assert.Fail($"Waited {Patience.TotalSeconds} s without success: {missing()}");
            await Task.Delay(Interval);
        }
    }

    /// <inheritdoc cref="Until(Func{Task{bool}}, Func{string})"/>
    public static Task Until(Func<bool> condition, Func<string> missing) => Until(() => Task.FromResult(condition()), missing);

    /// <inheritdoc cref="Until(Func{Task{bool}}, Func{string})"/>
    public static Task Until(Func<bool> condition, string missing) => Until(condition, () => missing);

    /// <summary>Waits for a job's outcome.</summary>
    public static async Task<T> For<T>(Task<T> task, string what = "the outcome of a job")
    {
        await For((Task)task, what);
        return await task;
    }

    /// <summary>Waits for a task.</summary>
    public static async Task For(Task task, string what)
    {
        if (await Task.WhenAny(task, Task.Delay(Patience)) != task)
            Assert.Fail($"Waited {Patience.TotalSeconds} s for {what}");
        await task;
    }
}
