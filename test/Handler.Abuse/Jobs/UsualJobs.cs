namespace Handler.Abuse;

/// <summary>
/// A host with nothing special about it: a value, an exception and an exit. These must work whatever the host's environment lacks.
/// </summary>
public sealed class UsualJobs : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 2);
        Console.WriteLine("value: " + (await handler.RunAsync(static () => 1 + 1)).GetValueOrThrow());
        Console.WriteLine("failed: " + (await handler.RunAsync(static () => int.Parse("x"))).Message);
        Console.WriteLine("exited: " + (await handler.RunAsync(static () => Environment.Exit(3))).Message);
    }
}
