namespace Handler.Abuse;

/// <summary>The system refuses the threads that jobs ask for: the argument is the control group whose limit this changes.</summary>
public sealed class RefusedThreadInJob : IScenario
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
        await RefusedAsync(handler, static () => { new Thread(static () => { }).Start(); return ""; });
        Console.WriteLine((await handler.RunAsync(static () => new byte[1 << 30])).GetType().Name);
    }

    /// <summary>Threads are refused while the job runs, and no longer: a runtime that has been refused one may end its worker afterwards.</summary>
    private async Task RefusedAsync(IHandler handler, Func<string> function)
    {
        RuntimeThreads.Start();
        File.WriteAllText(group + "/pids.max", "1"); // less than there are
        var outcome = await handler.RunAsync(function);
        File.WriteAllText(group + "/pids.max", "1000");
        Console.WriteLine(outcome is Completed<string> completed ? completed.Value : outcome.Message);
        _ = (await handler.RunAsync(static () => 1)).GetValueOrThrow();
    }
}
