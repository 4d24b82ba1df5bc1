using System.Diagnostics;

namespace Handler.Cluster;

/// <summary>
/// Waits for conditions that raise no event, and names the condition that did not become true. The patience allows for a busy machine;
/// nothing is measured by it.
/// </summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for a condition. An exception during a check counts as "not yet".</summary>
    public static async Task True(Func<Task<bool>> condition, Func<string> missing, TimeSpan? patience = null)
    {
        var limit = patience ?? Patience;
        var start = Stopwatch.GetTimestamp();
        Exception? failed = null;
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            try
            {
                if (await condition())
                    return;
                failed = null;
            }
            catch (Exception exception)
            {
                failed = exception;
            }

            await Task.Delay(Interval);
        }

        throw new TimeoutException($"Waited {limit.TotalSeconds} s without success: {missing()}", failed);
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, Func{string}, TimeSpan?)"/>
    public static Task True(Func<bool> condition, string missing, TimeSpan? patience = null)
        => True(() => Task.FromResult(condition()), () => missing, patience);

    /// <inheritdoc cref="True(Func{Task{bool}}, Func{string}, TimeSpan?)"/>
    public static Task True(Func<Task<bool>> condition, string missing, TimeSpan? patience = null)
        => True(condition, () => missing, patience);

    /// <summary>Waits for a task.</summary>
    public static async Task<T> Done<T>(Task<T> task, string what, TimeSpan? patience = null)
    {
        var limit = patience ?? Patience;
        if (await Task.WhenAny(task, Task.Delay(limit)) != task)
            throw new TimeoutException($"Waited {limit.TotalSeconds} s for {what}");
        return await task;
    }
}
