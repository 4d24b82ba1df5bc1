namespace Handler.Abuse;

/// <summary>A host with a low limit of open descriptors asks for as many workers as the argument says. It prints the result.</summary>
public sealed class FewDescriptors : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        try
        {
            var workers = int.Parse(arguments[0]);
            await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = workers);
            var jobs = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => handler.RunAsync(static () => Thread.Sleep(200))));
            Console.WriteLine(string.Join(' ', jobs.Select(job => job.Message).Distinct()));
        }
        catch (WorkerStartException exception)
        {
            Console.WriteLine(exception.Message);
        }
    }
}
