namespace Handler.Abuse;

/// <summary>The system refuses the threads that jobs ask for: the argument is the control group whose limit this changes.</summary>
public sealed class RefusedThreadInJob : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        var group = arguments[0];
        await using var handler = await EmbeddedHandler.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        Console.WriteLine((await handler.RunAsync(static () => 1)).GetValueOrThrow());
        await File.WriteAllTextAsync(group + "/pids.max", "1"); // less than there are
        Console.WriteLine((await handler.RunAsync(static () => new Thread(static () => { }).Start())).Message);
        Console.WriteLine((await handler.RunAsync(static () => new Thread(static () => { }, 1 << 20).Start(), new JobLimits { MaxHeapBytes = 4096 })).Message);
        Console.WriteLine((await handler.RunAsync(static () =>
        {
            try
            {
                new Thread(static () => { }).Start();
                return "a thread";
            }
            catch (OutOfMemoryException)
            {
                return "no thread";
            }
        })).GetValueOrThrow());
        await File.WriteAllTextAsync(group + "/pids.max", "1000");
        Console.WriteLine((await handler.RunAsync(static () => new byte[1 << 30].Length)).GetType().Name);
    }
}
