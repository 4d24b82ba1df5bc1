namespace Handler.Bench.Groups;

/// <summary>Starts the handler that is measured.</summary>
internal static class HandlerUnderTest
{
    /// <summary>Starts it with a fixed number of workers, all kept warm, and otherwise with the default options.</summary>
    public static Task<IHandler> StartAsync(int workers, CancellationToken cancellationToken, Action<HandlerOptions>? configure = null)
        => EmbeddedHandler.StartAsync(
            options =>
            {
                options.MinWorkers = workers;
                options.MaxWorkers = workers;
                configure?.Invoke(options);
            },
            cancellationToken: cancellationToken);
}
