namespace Handler.Abuse;

/// <summary>
/// An inline continuation keeps the thread of its worker while the system refuses new threads. The argument is the cgroup whose limit this
/// scenario changes. Jobs that the continuation starts must end in time, with and without new threads.
/// </summary>
public sealed class ThreadsRefused : IScenario
{
    private string group = "";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        group = arguments[0];
        await using var handler = await EmbeddedHandler.StartAsync(options =>
        {
            (options.MaxWorkers, options.SpareWorkers) = (1, 0);
            RuntimeThreads.Spare(options);
        });
        Console.WriteLine((await handler.RunAsync(static () => 1)).GetValueOrThrow());
        Refuse();
        Console.WriteLine((await handler.RunAsync(static () => 2)).GetValueOrThrow());
        Thread.Sleep(30); // any caller may do this in an inline continuation
        Console.WriteLine(Wait(handler.RunAsync(static () => 3)).GetValueOrThrow());
        Console.WriteLine(
            Wait(
                handler.RunAsync(static () => Thread.Sleep(Timeout.Infinite), new JobLimits { Timeout = TimeSpan.FromMilliseconds(200) })
            ).Message);
        Allow();
        Console.WriteLine(Wait(handler.RunAsync(static () => Environment.Exit(3))).Kind);
        Console.WriteLine(Wait(handler.RunAsync(static () => 4)).GetValueOrThrow());
        Console.WriteLine((await handler.RunAsync(static () => 5)).GetValueOrThrow());
    }

    private static TOutcome Wait<TOutcome>(Task<TOutcome> job)
        => job.Wait(TimeSpan.FromSeconds(20)) ? job.Result : throw new TimeoutException("A job has no outcome.");

    private void Refuse()
    {
        RuntimeThreads.Start();
        File.WriteAllText(group + "/pids.max", "1"); // fewer than exist
    }

    private void Allow() => File.WriteAllText(group + "/pids.max", "1000");
}
