namespace Handler.Bench.Groups;

/// <summary>Starts the handler that is measured.</summary>
internal static class HandlerUnderTest
{
    /// <summary>With a fixed number of workers, all of them kept warm; everything else as it is by default.</summary>
    public static Task<IHandler> StartAsync(int workers, CancellationToken cancellationToken, Action<HandlerOptions>? configure = null) => EmbeddedHandler.StartAsync(
        options =>
        {
            options.MinWorkers = workers;
            options.MaxWorkers = workers;
            configure?.Invoke(options);
        },
        cancellationToken: cancellationToken);
}
